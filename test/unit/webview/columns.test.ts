import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run } from '../../../server/contract/tracking.ts';
import { arrange, moveColumn, plainLayout, type ColumnLayout } from '../../../webview/tracking/columns.ts';
import { fieldsOf } from '../../../webview/tracking/fields.ts';
import { nextOrder, sortRuns } from '../../../webview/tracking/runOrder.ts';
import { tableOf } from '../../webview/fixtures/runTables.ts';

function run(runId: string, params: Run['params'], metrics: Run['metrics'] = {}): Run {
  return { runId, experimentId: '1', name: runId, status: 'FINISHED', source: 'logged', startedAt: 0, endedAt: 1000, user: 'ada', params, metrics, tags: {}, models: [] };
}

const fields = fieldsOf(tableOf([run('r', { a: '1', b: '2', c: '3' })]));
const ids = (layout: ColumnLayout, of = fields): string[] => arrange(of, layout).map(({ id }) => id.replace('param:', ''));
const move = (layout: ColumnLayout, id: string, before: string | undefined): ColumnLayout => {
  const all = arrange(fields, layout).map((field) => field.id);
  return moveColumn(layout, all, all, id, before);
};

test('without a layout the columns stand in their first order', () => {
  assert.deepEqual(ids(plainLayout), ['run', 'started', 'duration', 'a', 'b', 'c']);
});

test('a column is moved before another one and to the end', () => {
  assert.deepEqual(ids(move(plainLayout, 'param:c', 'started')), ['run', 'c', 'started', 'duration', 'a', 'b']);
  assert.deepEqual(ids(move(plainLayout, 'started', undefined)), ['run', 'duration', 'a', 'b', 'c', 'started']);
});

test('the column with the run stays the first one', () => {
  assert.deepEqual([move(plainLayout, 'run', 'param:a'), move(plainLayout, 'param:a', 'run')], [plainLayout, plainLayout]);
});

test('a column that comes later stands after the one that it follows by nature', () => {
  const moved = move(plainLayout, 'param:c', 'started');
  const later = fieldsOf(tableOf([run('r', { a: '1', aa: '1', b: '2', c: '3', d: '4' })]));
  assert.deepEqual(ids(moved, later), ['run', 'c', 'd', 'started', 'duration', 'a', 'aa', 'b']);
});

test('a column that is moved among pinned ones is pinned, and one moved away from them is not', () => {
  const pinned: ColumnLayout = { ...plainLayout, pinned: ['param:b', 'param:c'] };
  assert.deepEqual(ids(pinned), ['run', 'b', 'c', 'started', 'duration', 'a']);
  const among = move(pinned, 'param:a', 'param:c');
  assert.deepEqual([ids(among), among.pinned.includes('param:a')], [['run', 'b', 'a', 'c', 'started', 'duration'], true]);
  const away = move(pinned, 'param:b', 'duration');
  assert.deepEqual([ids(away), away.pinned], [['run', 'c', 'started', 'b', 'duration', 'a'], ['param:c']]);
  const edge = move(pinned, 'param:b', 'started');
  assert.deepEqual([ids(edge), edge.pinned.includes('param:b')], [['run', 'c', 'b', 'started', 'duration', 'a'], true]);
});

test('a header goes its usual way, the other way, and is left out; Shift keeps the other criteria', () => {
  const first = nextOrder([], 'auc', true, false);
  const both = nextOrder(first, 'depth', false, true);
  assert.deepEqual(both, [{ field: 'auc', descending: true }, { field: 'depth', descending: false }]);
  const turned = nextOrder(both, 'auc', true, true);
  assert.deepEqual(turned[0], { field: 'auc', descending: false });
  assert.deepEqual(nextOrder(turned, 'auc', true, true), [{ field: 'depth', descending: false }]);
  assert.deepEqual(nextOrder(both, 'depth', false, false), [{ field: 'depth', descending: true }]);
});

test('runs that are equal in the first criterion are ordered by the second', () => {
  const runs = [run('x', { kind: 'b', n: '1' }), run('y', { kind: 'a', n: '2' }), run('z', { kind: 'a', n: '10' })];
  const order = sortRuns(runs, fieldsOf(tableOf(runs)), [{ field: 'param:kind', descending: false }, { field: 'param:n', descending: true }]);
  assert.deepEqual(order.map(({ runId }) => runId), ['z', 'y', 'x']);
});

test('the share of a metric is 1 for its best value and nothing where it is not a number', () => {
  const runs = [run('x', {}, { loss: 1 }), run('y', {}, { loss: 3 }), run('z', {}, { loss: 'NaN' })];
  const loss = fieldsOf(tableOf(runs)).find(({ id }) => id === 'metric:loss');
  assert.deepEqual(runs.map((item) => loss?.share(item)), [1, 0, undefined]);
});
