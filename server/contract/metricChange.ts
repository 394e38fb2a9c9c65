import { formatNumber, formatShare } from './format/numbers.ts';
import type { Direction } from './metricDirection.ts';

/** A value of a metric against another one. */
export interface MetricChange {
  /** Undefined where there is none. */
  readonly value: number | undefined;
  /** The value minus the other; undefined where one of them is no finite number. */
  readonly change: number | undefined;
  /** The change over the size of the other value; undefined where that is 0. */
  readonly relative: number | undefined;
  readonly verdict: 'better' | 'worse' | 'same' | undefined;
}

/** @param direction which values are better; without it a change has no verdict */
export function metricChange(value: number | undefined, from: number | undefined, direction: Direction | undefined): MetricChange {
  const change = value === undefined || from === undefined ? Number.NaN : value - from;
  if (!Number.isFinite(change)) {
    return { value, change: undefined, relative: undefined, verdict: undefined };
  }
  const better = direction === 'lower' ? change < 0 : change > 0;
  return {
    value,
    change,
    relative: from === 0 || from === undefined ? undefined : change / Math.abs(from),
    verdict: change === 0 ? 'same' : direction === undefined ? undefined : better ? 'better' : 'worse',
  };
}

/** A change with its sign, such as `+0.012 (+1.4%)`. */
export function changeText({ change, relative }: Pick<MetricChange, 'change' | 'relative'>): string {
  if (change === undefined || change === 0) {
    return change === 0 ? '±0' : '';
  }
  const share = relative === undefined ? '' : ` (${relativeText(relative)})`;
  return `${signOf(change)}${formatNumber(Math.abs(change), 3)}${share}`;
}

/** A relative change with its sign, such as `−2.6%`. */
export function relativeText(relative: number): string {
  return relative === 0 ? '±0' : `${signOf(relative)}${formatShare(Math.abs(relative))}`;
}

function signOf(change: number): string {
  return change > 0 ? '+' : '−';
}
