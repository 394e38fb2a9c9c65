import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run } from '../../../server/contract/tracking.ts';
import type { Field } from '../../../webview/tracking/field.ts';
import { fieldsOf } from '../../../webview/tracking/fields.ts';
import { tableOf } from '../../webview/fixtures/runTables.ts';
import { etaSquared, importanceOf, spearman } from '../../../webview/tracking/importance.ts';
import { scaleOf } from '../../../webview/tracking/scale.ts';
import { niceSteps } from '../../../webview/ui/chart/ticks.ts';

function run(runId: string, params: Run['params'], metrics: Run['metrics']): Run {
  return { runId, experimentId: '1', name: runId, status: 'FINISHED', source: 'logged', startedAt: 0, endedAt: 1000, user: 'ada', params, metrics, tags: {}, models: [] };
}

test('the rank correlation sees any rising or falling relation, with the mean rank for ties', () => {
  assert.equal(spearman([1, 2, 3, 4], [1, 10, 100, 1000]), 1);
  assert.equal(spearman([1, 2, 3, 4], [9, 7, 5, 1]), -1);
  // Ranks 1, 2.5, 2.5, 4 against 1 to 4: scipy.stats.spearmanr([1, 2, 2, 3], [1, 2, 3, 4]).
  assert.ok(Math.abs((spearman([1, 2, 2, 3], [1, 2, 3, 4]) ?? 0) - 0.9486832980505138) < 1e-12);
  assert.equal(spearman([1, 1, 1], [1, 2, 3]), undefined);
});

test('eta squared is the share of the variance between groups', () => {
  assert.equal(etaSquared(['a', 'a', 'b', 'b'], [1, 1, 3, 3]), 1);
  assert.equal(etaSquared(['a', 'b', 'a', 'b'], [1, 1, 3, 3]), 0);
  assert.equal(etaSquared(['a', 'a', 'b', 'b'], [1, 2, 3, 4]), 0.8);
  assert.equal(etaSquared(['a', 'b'], [2, 2]), undefined);
  // The mean of three tenths is not a tenth.
  assert.equal(etaSquared(['a', 'b', 'a'], [0.1, 0.1, 0.1]), undefined);
});

const runs = Array.from({ length: 8 }, (_, index) =>
  run(String(index), { depth: String(index), kind: index < 4 ? 'tree' : 'linear', seed: '7', name: `n${index}`, noise: String([3, 1, 4, 1, 5, 9, 2, 6][index]) }, { auc: 1 - index * 0.1 }),
);
const fields = fieldsOf(tableOf(runs));
const fieldOf = (id: string): Field => {
  const found = fields.find((field) => field.id === id);
  assert.ok(found !== undefined);
  return found;
};

test('params are ordered by how much they tell; constant ones and names of their own are left out', () => {
  const found = importanceOf(runs, fields.filter(({ kind }) => kind === 'param'), fieldOf('metric:auc'));
  assert.deepEqual(found.map(({ field, measure, rising }) => [field.key, measure, rising]), [['depth', 'correlation', false], ['kind', 'groups', false], ['noise', 'correlation', false]]);
  assert.equal(found[0]?.strength, 1);
});

test('runs without the metric do not count', () => {
  const some = runs.map((item, index) => (index < 6 ? { ...item, metrics: {} } : item));
  const [metric] = fieldsOf(tableOf(some)).filter(({ kind }) => kind === 'metric');
  assert.ok(metric !== undefined);
  assert.deepEqual(importanceOf(some, [fieldOf('param:depth')], metric), []);
});

test('steps of an axis are round and lie within it', () => {
  assert.deepEqual(niceSteps(0.03, 0.98), [0.2, 0.4, 0.6, 0.8]);
  assert.deepEqual(niceSteps(0, 10), [0, 2, 4, 6, 8, 10]);
});

test('numbers lie in proportion on an axis, other values side by side, and a missing one nowhere', () => {
  const depth = scaleOf(fieldOf('param:depth'), runs);
  assert.deepEqual([0, 7].map((index) => depth.at(runs[index] ?? run('x', {}, {}))), [0, 1]);
  const kind = scaleOf(fieldOf('param:kind'), runs);
  assert.deepEqual(kind.ticks, [{ at: 0, label: 'linear' }, { at: 1, label: 'tree' }]);
  assert.equal(kind.at(run('x', {}, {})), undefined);
});

test('params that crowd at the lower end of an axis lie by their logarithm, others in proportion', () => {
  const rates = Array.from({ length: 9 }, (_, index) => run(`rate-${index}`, { rate: String(10 ** -(index / 2)), even: String(index * 100 + 1) }, {}));
  const [even, rate] = fieldsOf(tableOf(rates)).filter(({ kind }) => kind === 'param').map((field) => scaleOf(field, rates));
  assert.deepEqual([even?.field.key, even?.log, rate?.field.key, rate?.log], ['even', false, 'rate', true]);
  assert.deepEqual(rates.map((one) => Number(rate?.at(one)?.toFixed(3))), [1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125, 0]);
  assert.deepEqual(rate?.ticks.map(({ label }) => label), ['0.0001', '0.001', '0.01', '0.1', '1']);
});
