import { curlCommand } from '../../server/contract/format/curl.ts';
import type { ColumnSummary } from '../../server/contract/columnSummary.ts';
import type { Monitoring } from '../../server/contract/monitoring.ts';

/** A request that the endpoint should take, as a shell command: one row of typical values, or of the model's own example. */
export function exampleCurl(url: string, features: Monitoring['features']): string {
  const columns = features.map(({ name }) => name);
  const row = features.map(({ type, baseline, example }) => (baseline === null && example !== undefined ? example : typicalValue(type, baseline)));
  const body = features.some(({ tensor }) => tensor !== undefined) ? { inputs: arrays(features) } : { dataframe_split: { columns, data: [row] } };
  return curlCommand(`${url}/invocations`, body);
}

/** One row as the arrays of a model with tensors: by name, or alone where the only one has none. */
function arrays(features: Monitoring['features']): unknown {
  const rows = features.map(({ name, type, tensor, baseline, example }) => [name, [example ?? filled(tensor?.shape.slice(1) ?? [], typicalValue(type, baseline))]] as const);
  return features.length === 1 && features[0]?.tensor?.isNamed === false ? rows[0]?.[1] : Object.fromEntries(rows);
}

/** More values than this are no example to look at. */
const mostValues = 1000;

/** Nested lists of one value; a length that varies is 1. */
function filled([size, ...inner]: readonly number[], value: unknown): unknown {
  if ([size ?? 1, ...inner].reduce((product, each) => product * Math.max(1, each), 1) > mostValues) {
    return '…';
  }
  return size === undefined ? value : Array.from({ length: Math.max(1, size) }, () => filled(inner, value));
}

/** The mean or the most frequent value of the training data, else something of the right type. */
function typicalValue(type: string, baseline: ColumnSummary | null): string | number | boolean {
  if (/^bool/.test(type)) {
    return baseline?.kind === 'categorical' ? baseline.top[0]?.value.toLowerCase() === 'true' : true;
  }
  if (baseline?.kind === 'categorical') {
    return baseline.top[0]?.value ?? 'text';
  }
  if (baseline?.kind === 'numeric' && baseline.mean !== null) {
    return /^(int|long|uint)/.test(type) ? Math.round(baseline.mean) : Number(baseline.mean.toPrecision(4));
  }
  return /^(double|float|int|long|uint)/.test(type) ? 1 : 'text';
}
