import type { Comparison, Run } from '../../server/contract/tracking.ts';
import { wordFor, type Known } from '../../server/contract/unknown.ts';
import { numberOf } from '../../server/contract/metricValues.ts';
import { metricChange, type MetricChange } from '../../server/contract/metricChange.ts';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { paramDiffers } from '../../server/contract/nestedRuns.ts';
import { directionByName, type Direction } from '../../server/contract/metricDirection.ts';
import type { Field } from './field.ts';
import { naturally } from './ranks.ts';

type Row = Comparison['rows'][number];
export interface DifferenceGroup {
  readonly kind: Row['kind'];
  readonly title: string;
  readonly rows: readonly { readonly key: string; readonly values: readonly (string | undefined)[]; readonly differs: boolean }[];
  /** How many of the kind there are, those that are alike included. */
  readonly total: number;
}

const titles: Readonly<Record<Exclude<Known<Row['kind']>, 'metric'>, string>> = { param: 'Params', code: 'Code', data: 'Data', signature: 'Signature', environment: 'Environment', tag: 'Tags' };

/** What the chosen runs have beside metrics. */
export function differencesOf({ runs, rows }: Comparison, chosen: readonly Run[], onlyDiffering: boolean): DifferenceGroup[] {
  const positions = chosen.map(({ runId }) => runs.findIndex((run) => run.runId === runId));
  const pick = (row: Pick<Row, 'key' | 'values'>): DifferenceGroup['rows'][number] => {
    const values = positions.map((position) => {
      const value = row.values[position];
      return value === null || value === undefined ? undefined : String(value);
    });
    return { key: row.key, values, differs: values.some((value) => value !== values[0]) };
  };
  // A run gathers its params and metrics each time that it is asked for them.
  const paramsOf = chosen.map((run) => run.params);
  const params = [...new Set(paramsOf.flatMap((all) => Object.keys(all)))].sort(naturally.compare).map((key) => {
    const values = paramsOf.map((all) => all[key]);
    return { key, values, differs: paramDiffers(values) };
  });
  const known: readonly Row['kind'][] = ['code', 'data', 'signature', 'environment', 'tag'];
  // Those that a newer companion has learned come last.
  const kinds = new Set([...known, ...rows.map(({ kind }) => kind).filter((kind) => kind !== 'param' && kind !== 'metric')]);
  const picked = [...kinds].map((kind) => ({ kind, all: rows.filter((row) => row.kind === kind).map(pick).filter((row) => row.values.some((value) => value !== undefined)) }));
  return [{ kind: 'param', all: params }, ...picked]
    .map(({ kind, all }) => ({ kind, title: wordFor(titles, kind), rows: all.filter((row) => row.differs || !onlyDiffering), total: all.length }))
    .filter((group) => group.rows.length > 0);
}

export interface MetricChanges {
  readonly name: string;
  readonly changes: readonly MetricChange[];
  readonly differs: boolean;
}

interface ReadMetric {
  readonly key: string;
  readonly name: string;
  readonly of: (run: Run) => number | undefined;
}

function ownMetrics(runs: readonly Run[]): ReadMetric[] {
  // A run of a table makes its record of metrics anew each time that it is asked for it.
  const metrics = new Map(runs.map((run) => [run, run.metrics]));
  const keys = [...new Set([...metrics.values()].flatMap((all) => Object.keys(all)))].sort(naturally.compare);
  return keys.map((key) => ({
    key,
    name: key,
    of: (run) => {
      const value = (metrics.get(run) ?? run.metrics)[key];
      return value === undefined ? undefined : numberOf(value);
    },
  }));
}

/** The metrics of runs, in their order, against those of one of them; then those of the runs that their cells logged. */
export function metricChanges(runs: readonly Run[], base: Run, fields: readonly Field[]): MetricChanges[] {
  const directions = new Map<string, Direction | undefined>(fields.filter(({ kind }) => kind === 'metric').map(({ key, direction }) => [key, direction]));
  const linked = fields.filter(({ kind, linked }) => kind === 'metric' && linked).map(({ key, name, number }): ReadMetric => ({ key, name, of: number }));
  return [...ownMetrics(runs), ...linked.filter(({ of }) => runs.some((run) => of(run) !== undefined))].map(({ key, name, of }) => {
    const from = of(base);
    const direction = directions.has(key) ? directions.get(key) : directionByName(key);
    const changes = runs.map((run) => metricChange(of(run), from, direction));
    return { name, changes, differs: changes.some(({ value }) => !Object.is(value, from)) };
  });
}

const longFraction = /^-?\d*\.\d{6,}(?:e[-+]?\d+)?$/i;

/** What a table shows of values of one name: long fractions are rounded, unless values that differ would then look alike. */
export function shownValues(values: readonly (string | undefined)[]): readonly (string | undefined)[] {
  const short = values.map((value) => (value !== undefined && longFraction.test(value) ? formatNumber(Number(value)) : value));
  return new Set(short).size === new Set(values).size ? short : values;
}
