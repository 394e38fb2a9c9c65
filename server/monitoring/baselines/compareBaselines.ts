import type { ComparedColumn } from '../../contract/baselines.ts';
import type { Baseline } from '../baseline.ts';
import { summarizeColumn, type Column } from '../columns/column.ts';
import { numbersOf } from '../drift/compared.ts';
import { kolmogorovDistance } from '../drift/statistics/kolmogorov.ts';
import { totalVariation } from '../drift/totalVariation.ts';

/** How far two baselines are from each other, column by column, the farthest first. */
export function compareBaselines(one: Baseline, other: Baseline): ComparedColumn[] {
  const names = [...new Set([...one.features.keys(), ...other.features.keys()])];
  return names
    .map((name) => {
      const [before, after] = [one.features.get(name), other.features.get(name)];
      return { name, one: summaryOf(before), other: summaryOf(after), ...distanceOf(before, after) };
    })
    .sort((a, b) => (b.distance ?? -1) - (a.distance ?? -1));
}

function summaryOf(column: Column | undefined): ComparedColumn['one'] {
  return column === undefined ? null : summarizeColumn(column);
}

function distanceOf(one: Column | undefined, other: Column | undefined): Pick<ComparedColumn, 'distance' | 'reason'> {
  if (one === undefined || other === undefined) {
    return { distance: null, reason: 'one of them does not have it' };
  }
  if (one.kind === 'numeric') {
    const numbers = numbersOf(one, other);
    return 'reason' in numbers ? { distance: null, reason: numbers.reason } : { distance: kolmogorovDistance(numbers.baseline, numbers.window).distance };
  }
  const result = totalVariation.measure(one, other, false);
  return result.kind === 'evaluated' ? { distance: result.statistic } : { distance: null, reason: result.reason };
}
