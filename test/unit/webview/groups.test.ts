import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run } from '../../../server/contract/tracking.ts';
import { exportColumns, toCsv } from '../../../webview/tracking/exports.ts';
import type { Field } from '../../../webview/tracking/field.ts';
import { fieldsOf } from '../../../webview/tracking/fields.ts';
import { sortRuns, type RunOrder } from '../../../webview/tracking/runOrder.ts';
import { groupCell, groupingsOf, linesOf, type Grouping, type Line, type RunGroup } from '../../../webview/tracking/groups.ts';
import { tableOf } from '../../webview/fixtures/runTables.ts';

function run(runId: string, params: Run['params'], metrics: Run['metrics'], changes: Partial<Run> = {}): Run {
  return { runId, experimentId: '1', name: runId, status: 'FINISHED', source: 'logged', startedAt: 0, endedAt: 1000, user: 'ada', params, metrics, tags: {}, models: [], ...changes };
}

const runs = [
  run('a', { kind: 'tree', depth: '2' }, { auc: 0.5 }, { tags: { team: 'risk' } }),
  run('b', { kind: 'linear' }, { auc: 0.9 }, { experimentId: '2' }),
  run('c', { kind: 'tree', depth: '10' }, { auc: 0.7 }),
  run('d', {}, { auc: 'NaN' }, { models: [{ modelId: 'm', name: 'churn' }] }),
];
const table = tableOf(runs);
const fields = fieldsOf(table);
const groupings = groupingsOf(fields, runs, new Map([['1', 'churn'], ['2', 'fraud']]));
const grouping = (id: string): Grouping => {
  const found = groupings.find((item) => item.id === id);
  assert.ok(found !== undefined, `there is a grouping ${id}`);
  return found;
};
const field = (id: string): Field => {
  const found = fields.find((item) => item.id === id);
  assert.ok(found !== undefined);
  return found;
};
const lines = (ids: readonly string[], expanded: readonly string[] = [], orders: readonly RunOrder[] = []): readonly Line[] =>
  linesOf(sortRuns(runs, fields, orders), { groupings: ids.map(grouping), expanded: new Set(expanded), orders, fields, summary: 'mean' });
const named = (shown: readonly Line[]): string[] =>
  shown.map((line) => (line.kind === 'run' ? `${'  '.repeat(line.level - 1)}${line.run.runId}` : `${'  '.repeat(line.level - 1)}${line.value ?? 'none'} ${line.runs.length} ${line.place}/${line.of}`));
const groupsOf = (shown: readonly Line[]): RunGroup[] => shown.flatMap((line) => (line.kind === 'group' ? [line] : []));

test('collapsed groups show their number of runs, those without a value last', () => {
  assert.deepEqual(named(lines(['param:kind'])), ['linear 1 1/3', 'tree 2 2/3', 'none 1 3/3']);
});

test('an expanded group shows its runs, also inside another group', () => {
  assert.deepEqual(named(lines(['param:kind'], ['["tree"]'])), ['linear 1 1/3', 'tree 2 2/3', '  a', '  c', 'none 1 3/3']);
  assert.deepEqual(named(lines(['experiment', 'param:kind'], ['["1"]', '["1","tree"]'])), ['1 3 1/2', '  tree 2 1/2', '    a', '    c', '  none 1 2/2', '2 1 2/2']);
});

test('without a grouping every line is a run', () => {
  assert.deepEqual(named(lines([])), ['a', 'b', 'c', 'd']);
});

test('groups are in the order of what the sorted column says of them', () => {
  assert.deepEqual(named(lines(['param:kind'], [], [{ field: 'metric:auc', descending: false }])), ['tree 2 1/3', 'linear 1 2/3', 'none 1 3/3']);
  assert.deepEqual(named(lines(['param:kind'], ['["tree"]'], [{ field: 'metric:auc', descending: true }])), ['linear 1 1/3', 'tree 2 2/3', '  c', '  a', 'none 1 3/3']);
});

test('a group shows one number of a metric, and the range of a param', () => {
  const [, tree, none] = groupsOf(lines(['param:kind']));
  assert.ok(tree !== undefined && none !== undefined);
  assert.deepEqual(groupCell(field('metric:auc'), tree, 'mean'), { text: '0.6', meaning: 'mean of 2 runs, from 0.5 to 0.7' });
  assert.deepEqual([groupCell(field('metric:auc'), tree, 'min').text, groupCell(field('metric:auc'), tree, 'max').text], ['0.5', '0.7']);
  assert.equal(groupCell(field('metric:auc'), none, 'mean').text, '');
  assert.equal(groupCell(field('param:depth'), tree, 'mean').text, '2 to 10');
  assert.equal(groupCell(field('param:kind'), tree, 'mean').text, 'tree');
});

test('runs are grouped by tags, models and names of experiments', () => {
  assert.deepEqual(named(lines(['tag:team'])), ['risk 1 1/2', 'none 3 2/2']);
  assert.deepEqual(named(lines(['model'])), ['churn 1 1/2', 'none 3 2/2']);
  assert.deepEqual(groupsOf(lines(['experiment'])).map(({ grouping: { show }, value }) => show(value ?? '')), ['churn', 'fraud']);
});

test('an export begins with what the runs are grouped by, unless it is a column already', () => {
  const shown = fields.filter(({ id }) => id === 'param:kind');
  const csv = toCsv(runs.slice(0, 2), exportColumns(shown, [grouping('experiment'), grouping('param:kind')]));
  assert.equal(csv, 'run_id,experiment,param.kind\r\na,1,tree\r\nb,2,linear\r\n');
});
