/** One value of a family; labels that are undefined are left out. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string | number | undefined>>;
  readonly value: number;
}

/** Observations of one set of labels. */
export interface HistogramSample {
  readonly labels?: Readonly<Record<string, string | number | undefined>>;
  /** Upper bounds, ascending and inclusive, without the infinite one. */
  readonly bounds: readonly number[];
  /** Observations of each bucket alone, one more than there are bounds. */
  readonly counts: ArrayLike<number>;
  readonly sum: number;
}

interface FamilyOf<Kind extends string, Value> {
  /** With its unit; that of a counter ends with `_total`. */
  readonly name: string;
  readonly kind: Kind;
  readonly help: string;
  readonly samples: readonly Value[];
}

/** A metric family (https://prometheus.io/docs/practices/naming/). */
export type Family = FamilyOf<'counter' | 'gauge', Sample> | FamilyOf<'histogram', HistogramSample>;

type Format = 'text' | 'openmetrics';

const contentTypes: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** Values of labels that are longer are cut, and keep apart from others by what is left of a hash. */
const longestLabel = 200;

/**
 * Families as a scraper reads them: OpenMetrics 1.0 where it asks for that, else the text format 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). Of two samples with the same labels the first counts: one that stands twice would have the
 * whole scrape refused.
 * @param accept the header of that name
 */
export function expose(families: readonly Family[], accept: string | undefined): { readonly contentType: string; readonly text: string } {
  const format: Format = accept?.includes('application/openmetrics-text') === true ? 'openmetrics' : 'text';
  const lines = families.flatMap((family) => linesOf(family, format));
  return { contentType: contentTypes[format], text: `${[...lines, ...(format === 'openmetrics' ? ['# EOF'] : [])].join('\n')}\n` };
}

function linesOf(family: Family, format: Format): string[] {
  const title = format === 'openmetrics' && family.kind === 'counter' ? family.name.replace(/_total$/, '') : family.name;
  const seen = new Set<string>();
  const isNew = (labels: Sample['labels']): boolean => {
    const key = inBraces(labels);
    return !seen.has(key) && seen.add(key).size > 0;
  };
  const samples = family.kind === 'histogram'
    ? family.samples.filter(({ labels }) => isNew(labels)).flatMap((sample) => histogramLines(family.name, sample))
    : family.samples.filter(({ labels }) => isNew(labels)).map(({ labels, value }) => `${family.name}${inBraces(labels)} ${numeral(value)}`);
  return [`# HELP ${title} ${escaped(family.help, format)}`, `# TYPE ${title} ${family.kind}`, ...samples];
}

function histogramLines(name: string, { labels, bounds, counts, sum }: HistogramSample): string[] {
  let count = 0;
  const buckets = Array.from(counts, (own, index) => {
    count += own;
    return `${name}_bucket${inBraces({ ...labels, le: numeral(bounds[index] ?? Infinity) })} ${count}`;
  });
  return [...buckets, `${name}_sum${inBraces(labels)} ${numeral(sum)}`, `${name}_count${inBraces(labels)} ${count}`];
}

function inBraces(labels: Sample['labels'] = {}): string {
  const given = Object.entries(labels).flatMap(([name, value]) => (value === undefined ? [] : [`${name}="${escaped(harmless(String(value)), 'openmetrics')}"`]));
  return given.length === 0 ? '' : `{${given.join(',')}}`;
}

/** Both formats escape backslash and line feed; double quotes are escaped in values of labels, and in the help of OpenMetrics. */
function escaped(text: string, format: Format): string {
  const common = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return format === 'openmetrics' ? common.replaceAll('"', '\\"') : common;
}

/** Valid UTF-8 without control characters but the line feed, which is escaped, and not too long. */
function harmless(value: string): string {
  // oxlint-disable-next-line no-control-regex
  const clean = wellFormed(value).replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f]/g, '\ufffd');
  return clean.length <= longestLabel ? clean : `${wellFormed(clean.slice(0, longestLabel - 10))}…${shortHash(clean)}`;
}

/** Half a character becomes the replacement character, as where it is sent. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

/** FNV-1a of the UTF-16 units, in eight hexadecimal digits (http://www.isthe.com/chongo/tech/comp/fnv/). */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

function numeral(value: number): string {
  return value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value);
}
