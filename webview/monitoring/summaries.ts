import type { ColumnSummary, Monitoring } from '../../server/contract/monitoring.ts';
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

/** A baseline of fewer values, such as an input example of five rows, says nothing about the range that is usual. */
const tellingCount = 30;

/** What stands out in a feature's live values, in words. */
export function warningsOf({ baseline: known, live }: Monitoring['features'][number]): string[] {
  const baseline = known !== null && known.kind !== 'unknown' && known.count >= tellingCount ? known : null;
  const [before, after] = [defectsOf(baseline), defectsOf(live)];
  const warnings: string[] = [];
  if (after !== undefined && after.invalid > 0) {
    warnings.push(`${formatShare(after.invalid)} do not fit the type`);
  }
  if (after !== undefined && before !== undefined && after.missing > before.missing + 0.01) {
    warnings.push(`${formatShare(after.missing)} missing, ${formatShare(before.missing)} in the baseline`);
  }
  if (live?.kind === 'numeric' && live.histogram !== null && baseline !== null) {
    const { counts, below, above } = live.histogram;
    const outside = below + above;
    const total = counts.reduce((sum, count) => sum + count, 0) + outside;
    if (total > 0 && outside / total > 0.01) {
      warnings.push(`${formatShare(outside / total)} outside the baseline's range`);
    }
  }
  if (live?.kind === 'categorical' && baseline?.kind === 'categorical' && baseline.other === 0) {
    const expected = new Set(baseline.top.map(({ value }) => value));
    const fresh = live.top.filter(({ value }) => !expected.has(value));
    if (fresh.length > 0) {
      warnings.push(`new value${fresh.length === 1 ? '' : 's'}: ${fresh.slice(0, 3).map(({ value }) => value).join(', ')}`);
    }
  }
  return warnings;
}
