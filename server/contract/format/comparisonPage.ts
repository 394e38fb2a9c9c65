import { metricChange, relativeText } from '../metricChange.ts';
import { directionOf, isFoldMetric, isTrainingMetric } from '../metricDirection.ts';
import { fromWire, numberOf } from '../metricValues.ts';
import { childrenOf, labelsWithin, paramDiffers } from '../nestedRuns.ts';
import { byTelling, type PrimaryMetric } from '../primaryMetric.ts';
import type { ComparisonRow, Experiment, MetricSeries, Run } from '../tracking.ts';
import { curveSvg } from './curveSvg.ts';
import { escapeHtml, htmlPage } from './html.ts';
import { formatNumber } from './numbers.ts';
import { comparisonStyle, mostSharedCurves } from './comparisonStyle.ts';
import { plural } from './plural.ts';
import { formatTime } from './times.ts';

/** What a page that compares runs is made of. */
export interface SharedComparison {
  readonly title: string;
  /** In the order in which they are shown. */
  readonly runs: readonly Run[];
  /** A value for each of {@link runs}. */
  readonly rows: readonly ComparisonRow[];
  readonly series: readonly MetricSeries[];
  readonly primary: PrimaryMetric | undefined;
  /** Of the experiment of the runs: they say which values of a metric are better. */
  readonly tags: Experiment['tags'];
  /** The run that the others are compared with. */
  readonly referenceId: string | undefined;
  /** How many runs were asked for and are not there. */
  readonly left: number;
  /** The scheme of the editor's links, such as `vscode`. */
  readonly scheme: string;
  /** Epoch milliseconds. */
  readonly madeAt: number;
}

/** How much of everything a page has; `text` in characters of a value. */
interface Detail {
  readonly text: number;
  readonly rows: number;
  readonly charts: number;
  readonly columns: number;
}

/** The first one whose page is small enough is taken. The last one always is: 100 runs of 40 rows of 40 characters, six bytes each. */
const details: readonly Detail[] = [
  { text: 300, rows: 2000, charts: 24, columns: 14 },
  { text: 120, rows: 300, charts: 12, columns: 14 },
  { text: 40, rows: 40, charts: 0, columns: 8 },
];
/** Bytes. */
export const largestComparisonPage = 2_000_000;

function cut(text: string, most: number): string {
  return escapeHtml(text.length > most ? `${text.slice(0, most)}…` : text);
}

interface Shown {
  readonly run: Run;
  readonly label: string;
  readonly within: boolean;
  /** The place of its values in the rows. */
  readonly at: number;
}

/** Runs with those within them below, called by what tells these apart. */
function inLines(runs: readonly Run[]): readonly Shown[] {
  const children = childrenOf(runs);
  const places = new Map(runs.map((run, at) => [run, at]));
  const below = (parent: string | undefined): Shown[] => {
    const own = children.get(parent) ?? [];
    const labels = parent === undefined ? new Map<Run, string>() : labelsWithin(own);
    return own.flatMap((run) => [{ run, label: labels.get(run) ?? run.name, within: parent !== undefined, at: places.get(run) ?? 0 }, ...below(run.runId)]);
  };
  return below(undefined);
}

function nameOf({ run, label }: Shown, scheme: string, { text }: Detail): string {
  // The id is another program's text: what is no id is no part of an address.
  return /^[\w-]{1,64}$/.test(run.runId) ? `<a href="${escapeHtml(scheme)}://slipway.slipway/run/${run.runId}" title="Open in VS Code">${cut(label, text)}</a>` : cut(label, text);
}

function valueText(value: ComparisonRow['values'][number] | undefined, isMetric: boolean): string {
  return value === null || value === undefined ? '–' : isMetric ? formatNumber(fromWire(value) ?? Number.NaN) : String(value);
}

/** The metrics and params of the first table: those that tell most, by which the runs differ. */
function columnsOf({ rows, primary, runs, tags }: SharedComparison, { columns }: Detail): { readonly metrics: readonly string[]; readonly params: readonly string[] } {
  const measured = rows.filter(({ kind, differs, key }) => kind === 'metric' && (differs || runs.length === 1) && key !== primary?.metric && directionOf(key, tags) !== undefined).map(({ key }) => key);
  const params = rows.filter(({ kind, values }) => kind === 'param' && paramDiffers(values.map((value) => (value === null ? undefined : String(value))))).map(({ key }) => key);
  const metrics = [...(primary === undefined ? [] : [primary.metric]), ...byTelling(measured.filter((metric) => !isTrainingMetric(metric) && !isFoldMetric(metric)))].slice(0, Math.ceil(columns / 3));
  return { metrics, params: params.slice(0, columns - metrics.length) };
}

function runTable(shared: SharedComparison, lines: readonly Shown[], detail: Detail): string {
  const { tags, primary, runs, referenceId, scheme } = shared;
  const { metrics, params } = columnsOf(shared, detail);
  const reference = runs.find(({ runId }) => runId === referenceId);
  const number = (run: Run | undefined, metric: string): number | undefined => (run?.metrics[metric] === undefined ? undefined : numberOf(run.metrics[metric]));
  const bests = new Map(metrics.map((metric) => [metric, bestOf(runs, metric, tags)]));
  const metricCell = (run: Run, metric: string): string => {
    const value = number(run, metric);
    const { relative, verdict } = metric === primary?.metric && run !== reference ? metricChange(value, number(reference, metric), primary.direction) : { relative: undefined, verdict: undefined };
    const change = relative === undefined ? '' : ` <span class="${verdict === 'better' || verdict === 'worse' ? verdict : 'muted'}">${escapeHtml(relativeText(relative))}${verdict === 'better' || verdict === 'worse' ? ` ${verdict}` : ''}</span>`;
    const best = value !== undefined && value === bests.get(metric);
    return `<td class="number${best ? ' best' : ''}">${value === undefined ? '–' : escapeHtml(formatNumber(value))}${best ? ' (best)' : ''}${change}</td>`;
  };
  const head = ['<th scope="col">Run</th>', ...metrics.map((metric) => `<th scope="col" class="number">${cut(metric, detail.text)}</th>`), ...params.map((param) => `<th scope="col">${cut(param, detail.text)}</th>`), '<th scope="col">Started</th><th scope="col">State</th><th scope="col">By</th>'];
  const body = lines.map((line) => {
    const { run } = line;
    const classes = [...(line.within ? ['within'] : []), ...(run === reference ? ['reference'] : [])].join(' ');
    return `<tr${classes === '' ? '' : ` class="${classes}"`}><th scope="row">${nameOf(line, scheme, detail)}</th>${metrics.map((metric) => metricCell(run, metric)).join('')}${params.map((param) => `<td>${cut(run.params[param] ?? '–', detail.text)}</td>`).join('')}<td class="whole">${escapeHtml(formatTime(run.startedAt))}</td><td>${cut(run.status.toLowerCase(), detail.text)}</td><td>${cut(run.user, detail.text)}</td></tr>`;
  });
  return region('Runs', `<table><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table>`);
}

/** The best value of a metric; undefined where no value is better, or all are alike. */
function bestOf(runs: readonly Run[], metric: string, tags: Experiment['tags']): number | undefined {
  const direction = directionOf(metric, tags);
  const values = runs.flatMap(({ metrics }) => (metrics[metric] === undefined ? [] : [numberOf(metrics[metric])])).filter(Number.isFinite);
  if (direction === undefined || isTrainingMetric(metric) || new Set(values).size < 2) {
    return undefined;
  }
  return values.reduce((a, b) => (direction === 'lower' ? Math.min(a, b) : Math.max(a, b)));
}

/** Scrolls sideways by itself, also by keys. */
function region(label: string, content: string): string {
  return `<div class="wide" role="region" tabindex="0" aria-label="${escapeHtml(label)}">${content}</div>`;
}

function valuesTable(label: string, rows: readonly ComparisonRow[], lines: readonly Shown[], detail: Detail): string {
  const shown = rows.slice(0, detail.rows);
  const head = `<tr><th scope="col">${escapeHtml(label)}</th>${lines.map((line) => `<th scope="col">${cut(line.label, detail.text)}</th>`).join('')}</tr>`;
  const body = shown.map(({ key, kind, values }) => `<tr><th scope="row">${cut(key, detail.text)}</th>${lines.map(({ at }) => `<td>${cut(valueText(values[at], kind === 'metric'), detail.text)}</td>`).join('')}</tr>`);
  return `${region(label, `<table><thead>${head}</thead><tbody>${body.join('')}</tbody></table>`)}${rows.length > shown.length ? `<p class="muted">${escapeHtml(`The first ${formatNumber(shown.length)} of ${formatNumber(rows.length)}: the page would be too large with all of them.`)}</p>` : ''}`;
}

const kinds: readonly (readonly [ComparisonRow['kind'], string])[] = [['param', 'Params'], ['metric', 'Metrics'], ['data', 'Data'], ['code', 'Code'], ['environment', 'Environment'], ['signature', 'Signature'], ['tag', 'Tags']];

function differenceParts({ rows, runs }: SharedComparison, lines: readonly Shown[], detail: Detail): string[] {
  const many = runs.length > 1;
  const differing = kinds.flatMap(([kind, label]) => {
    const found = rows.filter((row) => row.kind === kind && kind !== 'metric' && row.differs);
    return many && found.length > 0 ? [`<details open><summary>${escapeHtml(`${label} that differ (${formatNumber(found.length)})`)}</summary>${valuesTable(label, found, lines, detail)}</details>`] : [];
  });
  const alike = kinds.flatMap(([kind, label]) => {
    const found = rows.filter((row) => row.kind === kind && (kind === 'metric' || !many || !row.differs));
    const summary = kind === 'metric' || !many ? label : `${label} that are alike`;
    return found.length > 0 ? [`<details><summary>${escapeHtml(`${summary} (${formatNumber(found.length)})`)}</summary>${valuesTable(label, found, kind === 'metric' || !many ? lines : lines.slice(0, 1), detail)}</details>`] : [];
  });
  return [...(differing.length > 0 ? ['<h2>What differs</h2>', ...differing] : []), '<h2>Everything else</h2>', ...alike];
}

function curveParts({ series, runs }: SharedComparison, detail: Detail): string[] {
  const places = new Map(runs.map(({ runId, name }, place) => [runId, { name, place }]));
  const byMetric = new Map<string, MetricSeries[]>();
  for (const one of series) {
    byMetric.set(one.key, [...(byMetric.get(one.key) ?? []), one]);
  }
  const drawn = byTelling(byMetric.keys()).flatMap((metric) => {
    const lines = (byMetric.get(metric) ?? []).flatMap((one) => {
      const found = places.get(one.runId);
      return found === undefined || found.place >= mostSharedCurves ? [] : [{ ...found, series: one }];
    });
    const svg = curveSvg(metric, lines);
    return svg === undefined ? [] : [{ svg, metric, places: lines.map(({ place }) => place) }];
  });
  const shown = drawn.slice(0, detail.charts);
  if (drawn.length === 0) {
    return [];
  }
  const used = new Set(shown.flatMap((chart) => chart.places));
  const keys = runs.flatMap(({ name }, place) => (used.has(place) ? [`<li><svg viewBox="0 0 28 10" aria-hidden="true"><path class="line line${place}" d="M0 5H28"/></svg> ${cut(name, detail.text)}</li>`] : []));
  return [
    '<h2>Curves</h2>',
    ...(shown.length === 0 ? [] : [`<ul class="keys">${keys.join('')}</ul><div class="charts">${shown.map(({ svg, metric }) => `<figure><figcaption>${cut(metric, detail.text)}</figcaption>${svg}</figure>`).join('')}</div>`]),
    ...(drawn.length > shown.length ? [`<p class="muted">${escapeHtml(`${formatNumber(shown.length)} of ${plural(drawn.length, 'metric')} with curves.`)}</p>`] : []),
    ...(runs.length > mostSharedCurves ? [`<p class="muted">Curves of the first ${mostSharedCurves} runs.</p>`] : []),
  ];
}

function verdict({ runs, primary, tags, referenceId }: SharedComparison, detail: Detail): string {
  if (primary === undefined) {
    return 'No metric of these runs says which is better.';
  }
  const better = primary.direction === undefined ? '' : `, ${primary.direction} is better`;
  const best = bestOf(runs, primary.metric, tags);
  const winner = runs.find(({ metrics }) => metrics[primary.metric] !== undefined && numberOf(metrics[primary.metric] ?? 'NaN') === best);
  const reference = runs.find(({ runId }) => runId === referenceId);
  const from = reference?.metrics[primary.metric];
  const { relative } = metricChange(best, from === undefined ? undefined : numberOf(from), primary.direction);
  const beside = reference === undefined || reference === winner || relative === undefined ? '' : `, ${relativeText(relative)} to ${reference.name}`;
  return winner === undefined ? `Judged by ${primary.metric}${better}: no run is better than the others.`.slice(0, 4 * detail.text) : `Best by ${primary.metric}${better}: ${winner.name}, ${formatNumber(best ?? Number.NaN)}${beside}.`.slice(0, 4 * detail.text);
}

function pageOf(shared: SharedComparison, detail: Detail): string {
  const lines = inLines(shared.runs);
  const notes = lines.flatMap((line) => {
    const note = line.run.tags['mlflow.note.content'] ?? '';
    return note === '' ? [] : [`<p><strong>${cut(line.label, detail.text)}</strong>: ${cut(note, detail.text)}</p>`];
  });
  return htmlPage({
    heading: `Comparison: ${shared.title.slice(0, 300)}`,
    style: comparisonStyle,
    body: `<p class="muted">${escapeHtml(`${plural(shared.runs.length, 'run')}${shared.left > 0 ? ` of ${formatNumber(shared.left + shared.runs.length)}` : ''}, made ${formatTime(shared.madeAt)} by Slipway. Names of runs open them in VS Code, for those who have them.`)}</p>
<p>${escapeHtml(verdict(shared, detail))}</p>
<h2>Runs</h2>
${[runTable(shared, lines, detail), ...(notes.length === 0 ? [] : ['<h2>Notes</h2>', ...notes]), ...curveParts(shared, detail), ...differenceParts(shared, lines, detail)].join('\n')}`,
  });
}

/**
 * Runs side by side as one HTML file of less than {@link largestComparisonPage} bytes that needs nothing else: no scripts, nothing loaded. What
 * does not fit is left out, and said to be. Names and values are text.
 */
export function comparisonPage(shared: SharedComparison): string {
  const encoder = new TextEncoder();
  let page = '';
  for (const [index, detail] of details.entries()) {
    if (index < details.length - 1 && leastSize(shared, detail) >= largestComparisonPage) {
      continue;
    }
    page = pageOf(shared, detail);
    if (encoder.encode(page).length < largestComparisonPage) {
      break;
    }
  }
  return page;
}

/** What the values of a page take at least, so that one that is far too large is not made. */
function leastSize({ rows }: SharedComparison, { text, rows: most }: Detail): number {
  return rows.slice(0, most).reduce((sum, { values }) => sum + values.reduce<number>((own, value) => own + Math.min(text, String(value ?? '').length), 0), 0);
}
