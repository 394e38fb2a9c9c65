import type { ColumnSummary, Monitoring } from '../../server/contract/monitoring.ts';

/** A request that the endpoint should take, as a shell command: one row of typical values, or of the model's own example. */
export function curlCommand(url: string, features: Monitoring['features']): string {
  const columns = features.map(({ name }) => name);
  const row = features.map(({ type, baseline, example }) => (baseline === null && example !== undefined ? example : typicalValue(type, baseline)));
  const body = JSON.stringify({ dataframe_split: { columns, data: [row] } });
  // A single quote ends the shell's quoting: close, escape, open again.
  return `curl -X POST ${url}/invocations -H 'Content-Type: application/json' -d '${body.replace(/'/g, `'\\''`)}'`;
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
