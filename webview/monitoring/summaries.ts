import type { ColumnSummary } from '../../server/contract/columnSummary.ts';
import { formatNumber, formatShare } from '../../server/contract/format/numbers.ts';

/** Share of the values that are missing, and that do not fit the type; undefined without values. */
export interface Defects {
  readonly missing: number;
  readonly invalid: number;
}

export function defectsOf(summary: ColumnSummary | null): Defects | undefined {
  if (summary === null || summary.kind === 'unknown' || summary.count === 0) {
    return undefined;
  }
  return { missing: summary.missing / summary.count, invalid: summary.invalid / summary.count };
}

/** A column's values in few words: mean and deviation, or the most frequent values with their shares. */
export function summaryText(summary: ColumnSummary | null, values = 2): string {
  if (summary === null) {
    return '–';
  }
  if (summary.kind === 'unknown') {
    return summary.name;
  }
  if (summary.kind === 'numeric') {
    return summary.mean === null ? '–' : `${formatNumber(summary.mean)} ± ${summary.std === null ? '?' : formatNumber(summary.std, 3)}`;
  }
  const total = summary.top.reduce((sum, { count }) => sum + count, 0) + summary.other;
  if (total === 0) {
    return '–';
  }
  return summary.top.slice(0, values).map(({ value, count }) => `${value} ${formatShare(count / total)}`).join(', ');
}
