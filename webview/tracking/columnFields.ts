import type { Run } from '../../server/contract/tracking.ts';
import { standsForInfinity } from '../../server/contract/values.ts';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { isTrainingMetric, type Direction } from '../../server/contract/metricDirection.ts';
import { isDescription, plainValue } from '../../server/contract/nestedRuns.ts';
import type { Field } from './field.ts';
import { once, ranksOf } from './ranks.ts';
import type { MetricColumn, ParamColumn, RunTable } from './runTable.ts';

/** Header above the primary metric. */
const primaryGroup = 'Primary metric';

/** Where a column stands: read from the runs that cells of captured runs logged, or before all others. */
export type ColumnPlace = 'linked' | 'primary' | undefined;

/** How a param or a metric is known and named. */
function identityOf(kind: 'param' | 'metric', key: string, place: ColumnPlace): Pick<Field, 'id' | 'kind' | 'key' | 'name' | 'label' | 'group' | 'linked'> {
  const { prefix, leaf } = splitName(key);
  const linked = place === 'linked';
  const group = `${linked ? 'Linked runs · ' : ''}${kind === 'param' ? 'Params' : 'Metrics'}${prefix === '' ? '' : ` · ${prefix}`}`;
  const named = place === 'primary' ? { label: key, group: primaryGroup } : { label: leaf, group };
  return { id: `${linked ? 'linked-' : ''}${kind}:${key}`, kind, key, name: linked ? `${key} (linked run)` : key, ...named, linked };
}

/** `val/loss` and `model.depth` belong under `val` and `model`; scikit-learn writes `model__depth`. */
export function splitName(name: string): { readonly prefix: string; readonly leaf: string } {
  const match = /^(?<prefix>.+?)(?:\/|\.|__)(?<leaf>[^/]+)$/.exec(name);
  return { prefix: match?.groups?.['prefix'] ?? '', leaf: match?.groups?.['leaf'] ?? name };
}

export function paramField({ runs, rowOf }: RunTable, { key, values, places }: ParamColumn, place?: ColumnPlace): Field {
  const placeOf = (run: Run): number => places[rowOf(run.runId) ?? -1] ?? -1;
  const valueOf = (run: Run): string | undefined => values[placeOf(run)];
  const numeric = once(() => values.length > 0 && values.every((value) => value.trim() !== '' && Number.isFinite(Number(value))));
  const numbers = once(() => (numeric() ? values.map(Number) : undefined));
  const orders = once(() => {
    const ranks = ranksOf(values.map((value) => value.toLowerCase()));
    return numbers() ?? values.map((value) => ranks.get(value.toLowerCase()) ?? 0);
  });
  const plain = once(() => values.map(plainValue));
  const describes = once(() => values.some(isDescription));
  const varies = (among: readonly Run[]): boolean => differ(among, (run) => plain()[placeOf(run)]);
  const differing = once(() => varies(runs));
  const usual = once(() => usualOf(runs.map(placeOf), values));
  return {
    ...identityOf('param', key, place),
    get numeric() {
      return numeric();
    },
    get differs() {
      return differing();
    },
    text: (run) => valueOf(run) ?? '',
    raw: (run) => valueOf(run) ?? '',
    order: (run) => orders()[placeOf(run)],
    best: new Set(),
    direction: undefined,
    get usual() {
      return usual();
    },
    few: runs.length <= 4,
    number: (run) => numbers()?.[placeOf(run)],
    share: () => undefined,
    tells: (among) => !describes() && varies(among),
  };
}

interface Extremes {
  readonly lowest: number;
  readonly highest: number;
  /** How many values are finite. */
  readonly finite: number;
}

function extremesOf(runs: readonly Run[], value: (run: Run) => number | undefined): Extremes {
  let [lowest, highest, finite] = [Infinity, -Infinity, 0];
  for (const run of runs) {
    const found = value(run);
    if (found !== undefined) {
      lowest = Math.min(lowest, found);
      highest = Math.max(highest, found);
      finite += 1;
    }
  }
  return { lowest, highest, finite };
}

/** Shared by fewer of the runs, a metric is one of some of them alone. */
const leastShare = 0.2;

export function metricField({ runs, rowOf }: RunTable, { key, values, nan }: MetricColumn, direction: Direction | undefined, place?: ColumnPlace): Field {
  /** Undefined where the run lacks the metric. */
  const valueOf = (run: Run): number | undefined => {
    const row = rowOf(run.runId) ?? -1;
    const value = values[row];
    return value === undefined || (Number.isNaN(value) && !nan.has(row)) ? undefined : value;
  };
  const number = (run: Run): number | undefined => {
    const value = values[rowOf(run.runId) ?? -1];
    return value === undefined || Number.isNaN(value) || standsForInfinity(value) ? undefined : value;
  };
  const extremes = once(() => extremesOf(runs, number));
  const best = once(() => {
    const { lowest, highest, finite } = extremes();
    // A value that all share distinguishes none, and one of the rows that were trained on says nothing of others.
    if (direction === undefined || isTrainingMetric(key) || finite < 2 || lowest === highest) {
      return new Set<string>();
    }
    return new Set(runs.filter((run) => number(run) === (direction === 'lower' ? lowest : highest)).map((run) => run.runId));
  });
  const differing = once(() => differ(runs, valueOf));
  return {
    ...identityOf('metric', key, place),
    numeric: true,
    get differs() {
      return differing();
    },
    text: (run) => {
      const value = valueOf(run);
      return value === undefined ? '' : formatNumber(value);
    },
    raw: (run) => String(valueOf(run) ?? ''),
    order: (run) => {
      const value = valueOf(run);
      return Number.isNaN(value) ? undefined : value;
    },
    get best() {
      return best();
    },
    direction,
    usual: undefined,
    few: false,
    number,
    share: (run) => {
      const value = number(run);
      const { lowest, highest } = extremes();
      if (value === undefined || lowest === highest) {
        return undefined;
      }
      const position = (value - lowest) / (highest - lowest);
      return direction === 'lower' ? 1 - position : position;
    },
    tells: (among) => differ(among, valueOf) && among.reduce((count, run) => count + (valueOf(run) === undefined ? 0 : 1), 0) >= among.length * leastShare,
  };
}

/** Whether runs that have a value have different ones. */
function differ(runs: readonly Run[], value: (run: Run) => string | number | undefined): boolean {
  let first: string | number | undefined;
  return runs.some((run) => {
    const found = value(run);
    first ??= found;
    return found !== undefined && !Object.is(found, first);
  });
}

/** The value that at least half of the runs share. @param places of each run's value in `values`, -1 for none */
function usualOf(places: readonly number[], values: readonly string[]): string | undefined {
  const counts = new Map<number, number>();
  places.forEach((place) => counts.set(place, (counts.get(place) ?? 0) + 1));
  const [first] = [...counts].sort((a, b) => b[1] - a[1]);
  return first !== undefined && first[1] > 1 && first[1] * 2 >= places.length ? (values[first[0]] ?? '') : undefined;
}
