import type { Run } from '../../server/contract/tracking.ts';
import { formatDuration } from '../../server/contract/format/durations.ts';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { logSteps, niceSteps } from '../ui/chart/ticks.ts';
import type { Field } from './field.ts';

/** Where the values of a field lie on an axis from 0 to 1. */
export interface Scale {
  readonly field: Field;
  /** Undefined for a run without a value. */
  readonly at: (run: Run) => number | undefined;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
  readonly log: boolean;
}

/** Below this share of the axis lies the median of values that crowd at its lower end. */
const crowded = 0.15;
const widestRange = 20;

/** Whether numbers crowd at the lower end of an axis, as learning rates do, where a logarithmic one would spread them. */
function crowds(numbers: readonly number[], low: number, high: number): boolean {
  if (low <= 0 || high / low < widestRange) {
    return false;
  }
  const median = [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? high;
  return (median - low) / (high - low) < crowded;
}

const mostTicks = 8;

/** Numbers lie in proportion, those of params that crowd by their logarithm; other values side by side in their order. */
export function scaleOf(field: Field, runs: readonly Run[]): Scale {
  if (field.numeric) {
    const numbers = runs.flatMap((run) => field.number(run) ?? []);
    const [low, high] = numbers.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
    const span = high - low;
    const log = field.kind === 'param' && crowds(numbers, low, high);
    const place = (value: number): number => (span === 0 ? 0.5 : log ? Math.log(value / low) / Math.log(high / low) : (value - low) / span);
    const steps = span === 0 ? [low] : log ? logSteps(low, high) : niceSteps(low, high);
    return {
      field,
      log,
      at: (run) => {
        const value = field.number(run);
        return value === undefined ? undefined : place(value);
      },
      ticks: numbers.length === 0 ? [] : steps.map((value) => ({ at: place(value), label: labelOf(field, value) })),
    };
  }
  const values = [...new Set(runs.map(field.raw).filter((value) => value !== ''))].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const places = new Map(values.map((value, index) => [value, values.length === 1 ? 0.5 : index / (values.length - 1)]));
  const apart = Math.ceil(values.length / mostTicks);
  return { field, log: false, at: (run) => places.get(field.raw(run)), ticks: values.filter((_, index) => index % apart === 0).map((value) => ({ at: places.get(value) ?? 0, label: value })) };
}

const dayFormat = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

function labelOf(field: Field, value: number): string {
  if (field.kind !== 'run') {
    return formatNumber(value);
  }
  return field.id === 'started' ? dayFormat.format(value) : formatDuration(value);
}

