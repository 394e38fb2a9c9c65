import type { Finding } from '../../contract/monitoring.ts';
import { formatShare } from '../../contract/format/numbers.ts';
import type { Column } from '../columns/column.ts';
import type { CategoricalColumn } from '../columns/categoricalColumn.ts';
import type { NumericColumn } from '../columns/numericColumn.ts';
import { normalTail } from '../drift/statistics/gamma.ts';

/** A baseline of fewer values says nothing about the range that is usual. */
const tellingCount = 30;
/** Live values below which what is not there says nothing. */
const tellingWindow = 50;
/** Shares by which a column may differ without a word. */
const notable = 0.01;
/** How likely chance may make what is said. */
const byChance = 1e-4;
const namedCategories = 3;

/**
 * What stands out in a column's live values: what does not fit the type, more missing ones, values outside of the range, categories that came or went,
 * a column that no longer varies.
 * @param baseline undefined where there is none
 */
export function findingsOf(baseline: Column | undefined, live: Column | undefined): Finding[] {
  if (live === undefined) {
    return [];
  }
  const all = live.count + live.missing + live.invalid;
  const invalid: Finding[] = live.invalid === 0 ? [] : [{ kind: 'invalid', share: live.invalid / all, text: `${formatShare(live.invalid / all)} do not fit the type` }];
  if (baseline === undefined || baseline.count < tellingCount) {
    return invalid;
  }
  const ofKind = baseline.kind === 'numeric' && live.kind === 'numeric' ? ofNumbers(baseline, live) : baseline.kind === 'categorical' && live.kind === 'categorical' ? ofCategories(baseline, live) : [];
  return [...invalid, ...ofMissing(baseline, live), ...ofKind];
}

function ofMissing(baseline: Column, live: Column): Finding[] {
  const [n, m] = [baseline, live].map(({ count, missing, invalid }) => count + missing + invalid);
  if (n === undefined || m === undefined || m === 0) {
    return [];
  }
  const [before, now] = [baseline.missing / n, live.missing / m];
  const pooled = (baseline.missing + live.missing) / (n + m);
  const p = pooled === 0 || pooled === 1 ? 1 : normalTail(Math.abs(now - before) / Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m)));
  return now > before + notable && p <= byChance ? [{ kind: 'missing', share: now, text: `${formatShare(now)} missing, ${formatShare(before)} in the baseline` }] : [];
}

function ofNumbers(baseline: NumericColumn, live: NumericColumn): Finding[] {
  const findings: Finding[] = [];
  if (live.histogram !== null && live.count > 0) {
    const outside = (live.histogram.below + live.histogram.above) / live.count;
    if (outside > notable) {
      findings.push({ kind: 'out-of-range', share: outside, text: `${formatShare(outside)} outside the baseline's range` });
    }
  }
  if (live.count >= tellingWindow && live.min === live.max && baseline.min !== baseline.max) {
    findings.push({ kind: 'constant', share: 1, text: `always ${live.min}, varies in the baseline` });
  }
  return findings;
}

function ofCategories(baseline: CategoricalColumn, live: CategoricalColumn): Finding[] {
  const findings: Finding[] = [];
  const fresh = baseline.other > 0 ? [] : [...live.values].filter(([value]) => !baseline.values.has(value)).sort((a, b) => b[1] - a[1]);
  if (fresh.length > 0) {
    const share = fresh.reduce((sum, [, count]) => sum + count, 0) / live.count;
    const names = fresh.slice(0, namedCategories).map(([value]) => value).join(', ');
    findings.push({ kind: 'new-category', share, text: `new value${fresh.length === 1 ? '' : 's'}: ${names}${fresh.length > namedCategories ? ' and more' : ''}, ${formatShare(share)} of values` });
  }
  const lost = live.count < tellingWindow ? [] : [...baseline.values].filter(([value, count]) => !live.values.has(value) && (1 - count / baseline.count) ** live.count < byChance);
  if (live.other === 0 && lost.length > 0) {
    const share = lost.reduce((sum, [, count]) => sum + count, 0) / baseline.count;
    const names = lost.sort((a, b) => b[1] - a[1]).slice(0, namedCategories).map(([value]) => value).join(', ');
    findings.push({ kind: 'lost-category', share, text: `no ${names}${lost.length > namedCategories ? ' and others' : ''}, ${formatShare(share)} of the baseline` });
  }
  const [only] = live.values;
  if (live.values.size === 1 && only !== undefined && baseline.values.size > 1 && ((baseline.values.get(only[0]) ?? 0) / baseline.count) ** live.count < byChance) {
    findings.push({ kind: 'constant', share: 1, text: `always ${only[0]}, varies in the baseline` });
  }
  return findings;
}
