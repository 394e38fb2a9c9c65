import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TrafficWindow } from '../../../server/contract/monitoring.ts';
import { addValue, emptyColumn, type Column, type ColumnKind } from '../../../server/monitoring/columns/column.ts';
import { gridFor } from '../../../server/monitoring/columns/numericColumn.ts';
import { rankOf } from '../../../server/monitoring/columns/sample.ts';
import { findAlarms, type WatchedColumn } from '../../../server/monitoring/verdict/alarms.ts';
import { spreadOfRuns } from '../../../server/monitoring/verdict/calibration.ts';
import { findingsOf } from '../../../server/monitoring/verdict/findings.ts';
import { randomNumbers } from '../../../server/monitoring/verdict/randomNumbers.ts';
import { reachVerdict, type VerdictInput } from '../../../server/monitoring/verdict/verdict.ts';

const random = randomNumbers(5);
const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const normals = (count: number, mean = 0): number[] => Array.from({ length: count }, () => mean + normal());
const category = (shares: Readonly<Record<string, number>>): string => {
  let left = random();
  return Object.entries(shares).find(([, share]) => (left -= share) < 0)?.[0] ?? 'a';
};
const categories = (count: number, shares: Readonly<Record<string, number>>): string[] => Array.from({ length: count }, () => category(shares));

function columnOf(kind: ColumnKind, values: readonly unknown[]): Column {
  const numbers = values.filter((value) => typeof value === 'number');
  const column = emptyColumn(kind, numbers.length === 0 ? undefined : gridFor(-4, 4, false), 5000);
  values.forEach((value, row) => addValue(column, value, rankOf(3, row)));
  return column;
}

function watched(name: string, baseline: readonly unknown[], live: readonly unknown[]): WatchedColumn {
  const kind = typeof live[0] === 'number' ? 'numeric' : 'categorical';
  const third = Math.ceil(live.length / 3);
  const parts = [0, 1, 2].map((part) => columnOf(kind, live.slice(part * third, (part + 1) * third)));
  return { name, baseline: columnOf(kind, baseline), whole: columnOf(kind, live), parts };
}

const quiet: TrafficWindow = { from: 0, to: 1, requests: 1000, clientErrors: 0, serverErrors: 0, rows: 1000, unreadBodies: 0, latency: null, lost: null };
const same = watched('answer', normals(1000), normals(400));
const usual: VerdictInput = { features: [watched('age', normals(2000), normals(400))], prediction: same, partStarts: [10, 20, 30], findings: [], total: quiet, reference: 'training', withoutFeatures: '' };
const moved = watched('age', normals(2000), normals(400, 1));

describe('alarms', () => {
  it('are raised by half a standard deviation of 300 values, and by nothing else of 200 features', () => {
    const baseline = normals(2000);
    const column = columnOf('numeric', baseline);
    const many = Array.from({ length: 200 }, (_, index) => ({ ...watched(`f${index}`, [], normals(300, index === 7 ? 0.6 : 0)), baseline: column }));
    assert.deepEqual(findAlarms(many).alarms.map((alarm) => alarm.column.name), ['f7']);
    assert.deepEqual(findAlarms(many), findAlarms(many));
  });

  it('are not raised by one burst, and tell from which part on a column was off', () => {
    const baseline = normals(2000);
    const usualPart = baseline.toSorted((a, b) => a - b).filter((_, index) => index % 10 === 5);
    const late = findAlarms([watched('late', baseline, [...usualPart, ...normals(400, 1)])]).alarms;
    assert.deepEqual(late.map(({ sincePart }) => sincePart), [1]);
    assert.deepEqual(findAlarms([watched('burst', baseline, [...usualPart, ...normals(200, 3), ...usualPart])]).alarms, []);
  });

  it('want enough values on both sides, and say how many', () => {
    const few = findAlarms([watched('live', normals(500), normals(49, 9)), watched('trained', normals(99), normals(500, 9))]);
    assert.deepEqual(few.alarms, []);
    assert.deepEqual(few.notJudged, [{ name: 'live', reason: '49 values; 50 are needed' }, { name: 'trained', reason: 'baseline of 99 values; 100 are needed' }]);
  });

  it('of categories are raised by shares that moved, and not by a rare one that is new', () => {
    const shares = { a: 0.5, b: 0.3, c: 0.2 };
    const alarms = (live: Record<string, number>): number => findAlarms([watched('plan', categories(2000, shares), categories(400, live))]).alarms.length;
    assert.equal(alarms({ a: 0.3, b: 0.4, c: 0.3 }), 1);
    assert.equal(alarms({ a: 0.49, b: 0.3, c: 0.2, d: 0.01 }), 0);
  });

  it('stay away where values of an hour are alike, and are raised where they are not', () => {
    const season = Array.from({ length: 4000 }, (_, hour) => 2 * Math.sin((2 * Math.PI * hour) / 200) + 0.3 * normal());
    const live = season.slice(1000, 1060);
    assert.deepEqual(findAlarms([watched('load', season, live)]).alarms, []);
    const shuffled = season.map((value) => ({ value, rank: random() })).sort((a, b) => a.rank - b.rank).map(({ value }) => value);
    assert.equal(findAlarms([watched('load', shuffled, live)]).alarms.length, 1);
    // A sorted file says nothing about time.
    assert.equal(findAlarms([watched('load', season.toSorted((a, b) => a - b), live)]).alarms.length, 1);
    assert.equal(spreadOfRuns(Float64Array.from(season).sort(), 60, 1), 0);
    assert.ok(spreadOfRuns(Float64Array.from(season), 60, 1) > 10 * spreadOfRuns(Float64Array.from(shuffled), 60, 1));
  });
});

describe('a verdict', () => {
  it('tells data drift, model drift and both apart', () => {
    const drifted = { ...usual, features: [moved] };
    const answers = watched('answer', normals(1000), normals(400, 1));
    assert.deepEqual(
      [usual, drifted, { ...usual, prediction: answers }, { ...drifted, prediction: answers }].map((input) => reachVerdict(input)).map(({ kind, isWell }) => [kind, isWell]),
      [['nothing-moved', true], ['inputs-moved', false], ['predictions-moved', false], ['both-moved', false]],
    );
    assert.equal(reachVerdict(usual).sentence, 'Well: 1 feature as in training, predictions as before.');
    const { sentence, suspects, advice } = reachVerdict(drifted);
    assert.match(sentence, /^age \(mean \S+ → \S+\) has moved and the predictions have not: data drift\.$/);
    assert.deepEqual(suspects.map(({ role, name, since }) => [role, name, since]), [['feature', 'age', 10]]);
    assert.ok(advice !== null && suspects[0] !== undefined && suspects[0].p < 1e-9);
  });

  it('is none without a baseline or rows, and says why', () => {
    const { kind, isWell, sentence } = reachVerdict({ ...usual, features: [], prediction: { reason: 'no answers' }, withoutFeatures: 'no baseline (input example of 5 rows); to get one, do this' });
    assert.deepEqual([kind, isWell, sentence], ['not-evaluated', false, 'Not evaluated: no baseline (input example of 5 rows); to get one, do this; predictions: no answers.']);
  });

  it('is not well where requests fail or something stands out, though nothing has moved', () => {
    const failing = reachVerdict({ ...usual, total: { ...quiet, serverErrors: 30 } });
    assert.deepEqual([failing.isWell, failing.sentence], [false, '1 feature as in training, predictions as before. 3% of requests failed.']);
    const fresh = reachVerdict({ ...usual, findings: [{ feature: 'plan', findings: [{ kind: 'new-category', share: 0.03, text: 'new value: gold, 3% of values' }] }] });
    assert.equal(fresh.isWell, false);
    assert.match(fresh.sentence, / plan: new value: gold, 3% of values\.$/);
  });
});

describe('findings', () => {
  const kinds = (baseline: readonly unknown[], live: readonly unknown[], kind: ColumnKind = 'numeric'): string[] => findingsOf(columnOf(kind, baseline), columnOf(kind, live)).map(({ text }) => text);
  const numbers = Array.from({ length: 200 }, (_, index) => (index % 80) / 10 - 4);

  it('are what is missing, invalid, out of range or constant', () => {
    assert.deepEqual(kinds(numbers, numbers), []);
    assert.deepEqual(kinds(numbers, numbers.map((value, index) => (index % 10 === 0 ? null : value))), ['10% missing, 0% in the baseline']);
    assert.deepEqual(kinds(numbers, [...numbers.slice(0, 99), {}]), ['1% do not fit the type']);
    assert.deepEqual(kinds(numbers, numbers.map((value, index) => (index % 20 === 0 ? 7 : value))), ["5% outside the baseline's range"]);
    assert.deepEqual(kinds(numbers, new Array(60).fill(1)), ['always 1, varies in the baseline']);
    assert.deepEqual(kinds(numbers, new Array(49).fill(1)), []);
  });

  it('are categories that came and went', () => {
    const plans = [...new Array<string>(120).fill('free'), ...new Array<string>(80).fill('paid')];
    assert.deepEqual(kinds(plans, plans, 'categorical'), []);
    assert.deepEqual(kinds(plans, [...plans.slice(60), 'gold', 'gold'], 'categorical'), ['new value: gold, 1.4% of values']);
    assert.deepEqual(kinds(plans, plans.slice(0, 60), 'categorical'), ['no paid, 40% of the baseline', 'always free, varies in the baseline']);
    // So few rows miss a category by chance.
    assert.deepEqual(kinds(plans, plans.slice(0, 10), 'categorical'), []);
  });

  it('of a baseline of few values are what needs none', () => {
    assert.deepEqual(kinds([1, 2, 3], [9, {}]), ['50% do not fit the type']);
    assert.deepEqual(findingsOf(undefined, columnOf('numeric', [9, {}])).map(({ kind }) => kind), ['invalid']);
  });
});
