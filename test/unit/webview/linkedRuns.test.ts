import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LinkedRun } from '../../../server/contract/notebooks.ts';
import { toCsv } from '../../../webview/tracking/exports.ts';
import { fieldsOf } from '../../../webview/tracking/fields.ts';
import { namesOf } from '../../../webview/tracking/filter.ts';
import { tableOf } from '../../webview/fixtures/runTables.ts';
import { capturedRun, linkedRun, twoRuns } from '../../webview/fixtures/runs.ts';

const [other] = twoRuns;
const earlier = { ...linkedRun, runId: 'earlier', params: { ...linkedRun.params, penalty: 'l1' }, metrics: { roc_auc: 0.7, recall: 0.6 } };
const links = [earlier, linkedRun].map(({ runId, name }): LinkedRun => ({ captureRunId: capturedRun.runId, cellId: 'c', cellIndex: 0, runId, name }));
const table = tableOf([capturedRun, ...(other === undefined ? [] : [other])]);
const fields = fieldsOf(table, { linked: { table: tableOf([earlier, linkedRun]), of: (runId) => links.filter(({ captureRunId }) => captureRunId === runId) } });
const linked = fields.filter((field) => field.linked);

test('a captured run has the values of the runs that its cells logged, of the latest that has one', () => {
  const values = linked.map(({ name, group, text }) => [name, group, text(capturedRun), other === undefined ? '' : text(other)]);
  assert.deepEqual(values, [
    ['loss (linked run)', 'Linked runs · Metrics', '0.05', ''],
    ['recall (linked run)', 'Linked runs · Metrics', '0.6', ''],
    ['roc_auc (linked run)', 'Linked runs · Metrics', '0.8471', ''],
    ['C (linked run)', 'Linked runs · Params', '0.5', ''],
    ['penalty (linked run)', 'Linked runs · Params', 'l1', ''],
    ['solver (linked run)', 'Linked runs · Params', 'lbfgs', ''],
  ]);
});

test('they are marked in exports and are no names of the filter, which the companion would read otherwise', () => {
  assert.equal(toCsv([capturedRun], linked).split('\r\n')[0], 'run_id,linked.metric.loss,linked.metric.recall,linked.metric.roc_auc,linked.param.C,linked.param.penalty,linked.param.solver');
  assert.ok(!namesOf(fields, []).includes('params.solver'));
  assert.ok(namesOf(fields, []).includes('metrics.rows'));
  assert.equal(new Set(fields.map(({ id }) => id)).size, fields.length);
});
