import { isDigest, shortDigest } from './format/digests.ts';
import { formatNumber } from './format/numbers.ts';
import { directionByName, isTrainingMetric } from './metricDirection.ts';
import { metricChange, relativeText, type MetricChange } from './metricChange.ts';
import { fromWire, numberOf } from './metricValues.ts';
import type { ReleaseDifference } from './releases.ts';

/** What a difference of a metric is; undefined for another part. */
export function changeOfMetric({ part, key, before, after }: ReleaseDifference): MetricChange | undefined {
  return part === 'metric' ? metricChange(numberIn(after), numberIn(before), isTrainingMetric(key) ? undefined : directionByName(key)) : undefined;
}

/** One side of a difference as people read it. */
export function sideText({ part }: ReleaseDifference, side: string): string {
  const number = part === 'metric' ? numberIn(side) : undefined;
  return number === undefined ? (isDigest(side) ? shortDigest(side) : side) : formatNumber(number);
}

/** Such as `test_mae 46.96 → 46.11 (−1.8%, better)`, `data churn.csv: other content` or `numpy 2.0.0 → 2.1.0`. */
export function differenceText(difference: ReleaseDifference): string {
  const { part, key, before, after } = difference;
  if (part === 'data') {
    return `data ${key}: ${dataText(difference)}`;
  }
  const sides = `${before === null ? 'none' : sideText(difference, before)} → ${after === null ? 'none' : sideText(difference, after)}`;
  const { relative, verdict } = changeOfMetric(difference) ?? {};
  const notes = [...(relative === undefined ? [] : [relativeText(relative)]), ...(verdict === 'better' || verdict === 'worse' ? [verdict] : [])];
  return `${part === 'model' ? 'model ' : ''}${part === 'signature' ? key.replace('.', ' ') : key} ${sides}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`;
}

/** What became of a training file. */
export function dataText({ before, after }: ReleaseDifference): string {
  return before === null ? 'new' : after === null ? 'gone' : 'other content';
}

function numberIn(side: string | null): number | undefined {
  const number = side === null ? undefined : fromWire(side);
  return number === undefined ? undefined : numberOf(number);
}
