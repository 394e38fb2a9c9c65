import type { BaselineTaken } from '../../contract/baselines.ts';
import type { Signature } from '../../contract/registry.ts';
import { baselineSample, type Baseline } from '../baseline.ts';
import { emptyLike, mergeColumn, type Column } from '../columns/column.ts';
import { inputColumns } from '../columns/columnSpec.ts';
import { addToBin, gridFor, type NumericColumn } from '../columns/numericColumn.ts';
import { drawnValues } from '../columns/sample.ts';
import { readingOf } from '../windows/levels.ts';
import type { WindowTable } from '../windows/windowTable.ts';

/** The inputs of all releases of an endpoint in a time, from its windows. Predictions are not taken: they are those of the releases that were live then. */
export function baselineFromTraffic(
  { endpoint, from, to }: Extract<BaselineTaken, { kind: 'live-traffic' }>,
  signature: Signature,
  windows: Pick<WindowTable, 'traffic' | 'columns'>,
): { readonly baseline: Baseline; readonly rows: number } {
  const reading = readingOf({ from, to });
  const span = { from: reading.from, to: reading.to, longest: reading.columns };
  const traffic = windows.traffic(endpoint, span.from, span.to, span.longest);
  const inputs = new Set(inputColumns(signature).map(({ name }) => name));
  const features = new Map<string, Column>();
  for (const release of new Set(traffic.map((row) => row.release))) {
    for (const { role, name, column } of windows.columns({ endpoint, release, ...span })) {
      if (role === 'feature' && inputs.has(name)) {
        const merged = features.get(name) ?? emptyLike(column, baselineSample);
        mergeColumn(merged, column);
        features.set(name, merged);
      }
    }
  }
  for (const column of features.values()) {
    if (column.kind === 'numeric' && column.histogram === null) {
      column.histogram = histogramOfDrawn(column);
    }
  }
  return { baseline: { source: 'training-data', features, prediction: undefined }, rows: traffic.reduce((sum, { rows }) => sum + rows, 0) };
}

/** Bins of values that were counted in none, or in several: as many in each as its share of the drawn values says. */
function histogramOfDrawn({ min, max, count, sample }: NumericColumn): NumericColumn['histogram'] {
  if (min === null || max === null || sample.size === 0) {
    return null;
  }
  const values = drawnValues(sample);
  const grid = gridFor(min, max, values.every(Number.isInteger));
  const histogram = { grid, counts: new Array<number>(grid.bins).fill(0), below: 0, above: 0 };
  values.forEach((value) => addToBin(histogram, value, 1));
  return { ...histogram, counts: histogram.counts.map((drawn) => Math.round((drawn * count) / sample.size)) };
}
