import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run } from '../../../server/contract/tracking.ts';
import { completionsOf, readFilter, valuesOf } from '../../../webview/tracking/filter.ts';
import { tableOf } from '../../webview/fixtures/runTables.ts';

function run(name: string, changes: Partial<Run>): Run {
  return { runId: name, experimentId: '1', name, status: 'FINISHED', source: 'logged', startedAt: 1000, user: 'ada', params: {}, metrics: {}, tags: {}, models: [], ...changes };
}

const runs = [
  run('tree', { params: { depth: '3', kind: 'tree' }, metrics: { auc: 0.8, 'val/loss': 0.3 }, tags: { team: 'risk' } }),
  run('deep', { params: { depth: '12', kind: 'Tree' }, metrics: { auc: 0.9, 'val/loss': 'NaN' }, status: 'FAILED' }),
  run('line', { params: { kind: 'linear' }, metrics: {}, endedAt: 5000 }),
];

/** Names of the runs that pass. */
function passing(filter: string): string[] {
  const read = readFilter(filter, valuesOf(tableOf(runs)));
  assert.ok(read.ok, read.ok ? '' : read.message);
  return runs.filter(read.test).map(({ name }) => name);
}

test('an empty filter passes all runs', () => {
  assert.deepEqual(passing('  '), ['tree', 'deep', 'line']);
});

test('metrics are compared as numbers, and a run without the metric never passes', () => {
  assert.deepEqual(passing('metrics.auc > 0.85'), ['deep']);
  assert.deepEqual(passing('metrics.auc != 0.9'), ['tree']);
  assert.deepEqual(passing('metrics.`val/loss` < 1'), ['tree']);
  assert.deepEqual(passing('metrics.auc IN (0.8, 0.7)'), ['tree']);
});

test('params are compared as texts, and as numbers with a number', () => {
  assert.deepEqual(passing("params.kind = 'tree'"), ['tree']);
  assert.deepEqual(passing('params.depth > 5'), ['deep']);
  assert.deepEqual(passing("params.kind ILIKE 'TREE'"), ['tree', 'deep']);
  assert.deepEqual(passing("params.kind LIKE 'li%'"), ['line']);
});

test('AND binds closer than OR, and parentheses closer than both', () => {
  assert.deepEqual(passing("params.kind = 'linear' OR metrics.auc > 0.7 AND attributes.status = 'FAILED'"), ['deep', 'line']);
  assert.deepEqual(passing("(params.kind = 'linear' OR metrics.auc > 0.7) AND attributes.status = 'FAILED'"), ['deep']);
});

test('tags, lists and absence are filters as well', () => {
  assert.deepEqual(passing("tags.team = 'risk'"), ['tree']);
  assert.deepEqual(passing("attributes.run_name IN ('tree', 'line')"), ['tree', 'line']);
  assert.deepEqual(passing('params.depth IS NULL'), ['line']);
  assert.deepEqual(passing('end_time > 1000'), ['line']);
});

test('a filter that cannot be read says why', () => {
  for (const [filter, reason] of [
    ['metrics.auc >', /A value is missing at the end/],
    ['attributes.colour = 1', /no attribute "colour"/],
    ['things.auc > 1', /no "things"/],
    ['params.kind = tree', /text in quotes, not with tree/],
    ["params.kind IN 'tree'", /needs a list/],
    ["metrics.auc > '0.8'", /metrics\.auc is a number: compare it with one/],
    ["metrics.auc IN (0.8, '0.9')", /metrics\.auc is a number/],
    ["start_time LIKE '2026%'", /start_time is a number, which LIKE does not compare/],
  ] as const) {
    const read = readFilter(filter, valuesOf(tableOf(runs)));
    assert.match(read.ok ? 'read' : read.message, reason);
  }
});

test('names are completed where a name may stand, and joined where a comparison has ended', () => {
  const names = ['metrics.auc', 'metrics.val/loss', 'params.depth', 'params.odd key'];
  const labels = (text: string): string[] => completionsOf(text, names).map(({ label }) => label);
  assert.deepEqual(labels('de'), ['params.depth']);
  assert.deepEqual(labels('metrics.auc > 0.8 AND par'), ['params.depth', 'params.odd key']);
  assert.deepEqual(labels('metrics.auc > 0.8 '), ['AND', 'OR']);
  assert.deepEqual(labels('metrics.auc > '), []);
  assert.deepEqual(labels("params.kind = 'de"), []);
  assert.equal(completionsOf('odd', names)[0]?.text, 'params.`odd key` ');
});
