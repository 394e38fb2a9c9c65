import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run } from '../../../server/contract/tracking.ts';
import { fieldsOf } from '../../../webview/tracking/fields.ts';
import { createRunTableWriter, type RunTable } from '../../../webview/tracking/runTable.ts';
import { inOrder, partsOf } from '../../../webview/tracking/tableSource.ts';
import { partOf, tableOf } from '../../webview/fixtures/runTables.ts';

function run(runId: string, startedAt: number, params: Run['params'], metrics: Run['metrics']): Run {
  return { runId, experimentId: '1', name: runId, status: 'RUNNING', source: 'logged', startedAt, user: 'ada', params, metrics, tags: {}, models: [] };
}

const texts = (table: RunTable, id: string): (string | undefined)[] => table.runs.map((item) => fieldsOf(table).find((field) => field.id === id)?.text(item));

test('runs give back the params and metrics that they came with', () => {
  const runs = [run('a', 1, { depth: '3' }, { auc: 0.1, loss: 'NaN' }), run('b', 2, { depth: '', kind: 'tree' }, { loss: '-Infinity' }), run('c', 3, {}, {})];
  assert.deepEqual(tableOf(runs).runs.map(({ params, metrics }) => ({ params, metrics })), runs.map(({ params, metrics }) => ({ params, metrics })));
});

test('a table grows over many parts, whose columns differ', () => {
  const writer = createRunTableWriter();
  writer.expect(200);
  const all = Array.from({ length: 300 }, (_, index) => run(String(index), index, index % 2 === 0 ? { even: String(index % 6) } : { odd: 'x' }, index < 200 ? {} : { late: index }));
  for (let start = 0; start < all.length; start += 70) {
    writer.add(partOf(all.slice(start, start + 70)));
  }
  assert.deepEqual(writer.table(false).runs.map(({ runId, params, metrics }) => ({ runId, params, metrics })), all.map(({ runId, params, metrics }) => ({ runId, params, metrics })));
});

test('what is new of a run takes the place of what was, and the run stays where it stands', () => {
  const writer = createRunTableWriter();
  writer.add(partOf([run('a', 1, { depth: '3' }, { loss: 'NaN' }), run('b', 2, {}, { loss: 0.5 })]));
  writer.add(partOf([run('a', 1, { depth: '3', kind: 'tree' }, { loss: 0.25, auc: 1 })]));
  const table = writer.table(false);
  assert.deepEqual(texts(table, 'metric:loss'), ['0.25', '0.5']);
  assert.deepEqual(texts(table, 'metric:auc'), ['1', '']);
  assert.deepEqual(texts(table, 'param:kind'), ['tree', '']);
});

test('new runs come first where the newest are first, and removed ones are gone', () => {
  const writer = createRunTableWriter();
  writer.add(partOf([run('b', 2, {}, {}), run('a', 1, {}, {})]));
  writer.add(partOf([run('c', 3, {}, {})]));
  assert.deepEqual([writer.table(true), writer.table(false)].map((table) => table.runs.map(({ runId }) => runId).join('')), ['cba', 'bac']);
  writer.remove(new Set(['b']));
  assert.deepEqual(writer.table(true).runs.map(({ runId }) => runId), ['c', 'a']);
});

test('a part holds what one call takes', () => {
  const ids = Array.from({ length: 600 }, (_, index) => String(index));
  const parts = partsOf(ids);
  assert.deepEqual(parts.flat(), ids);
  assert.ok(parts.length < 10 && parts.every(({ length }) => length <= 500));
  assert.deepEqual(partsOf([]), []);
});

test('results come in the order of the items, a few at once', async () => {
  let [running, most] = [0, 0];
  const results: number[] = [];
  const work = async (index: number): Promise<number> => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, (20 - index) % 5));
    running -= 1;
    return index;
  };
  for await (const result of inOrder(Array.from({ length: 20 }, (_, index) => index), work)) {
    results.push(result);
  }
  assert.deepEqual(results, Array.from({ length: 20 }, (_, index) => index));
  assert.ok(most > 1 && most <= 4, `${most} at once`);
  await assert.rejects(async () => {
    for await (const result of inOrder([1, 2, 3], (item) => (item === 2 ? Promise.reject(new Error('second')) : Promise.resolve(item)))) {
      assert.equal(result, 1);
    }
  }, /second/);
});
