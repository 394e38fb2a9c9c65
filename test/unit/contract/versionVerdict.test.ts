import assert from 'node:assert/strict';
import { test } from 'node:test';
import { primaryMetricOfModel, tagsOfModel } from '../../../server/contract/modelJudgement.ts';
import { choosePrimaryMetric } from '../../../server/contract/primaryMetric.ts';
import { verdictOn } from '../../../server/contract/versionVerdict.ts';
import { churnModel, churnSignature } from '../../webview/fixtures/models.ts';

const [third, second] = churnModel.versions;
assert.ok(third !== undefined && second !== undefined);
const loss = { metric: 'log_loss', direction: 'lower', chosen: true } as const;

test('a version is judged by the primary metric in its direction', () => {
  const { metric } = verdictOn(third, second, loss);
  assert.equal(metric.kind === 'measured' && metric.change.verdict, 'better');
  const turned = verdictOn(second, third, loss).metric;
  assert.equal(turned.kind === 'measured' && turned.change.verdict, 'worse');
  const undirected = verdictOn(third, second, { ...loss, direction: undefined }).metric;
  assert.equal(undirected.kind === 'measured' && undirected.change.verdict, undefined);
});

test('what was not measured is not judged, and says of which version', () => {
  assert.deepEqual(verdictOn(third, { ...second, metrics: {} }, loss).metric, { kind: 'not-evaluated', reason: 'version 2 has no log_loss' });
  assert.deepEqual(verdictOn({ ...third, metrics: {} }, second, loss).metric, { kind: 'not-evaluated', reason: 'version 3 has no log_loss' });
  assert.equal(verdictOn(third, second, undefined).metric.kind, 'not-evaluated');
});

test('data is told apart by its content, and unknown data is not called the same', () => {
  assert.deepEqual(verdictOn(third, second, loss).data, ['churn.csv']);
  assert.deepEqual(verdictOn(second, second, loss).data, []);
  assert.equal(verdictOn(third, { ...second, lineage: { ...second.lineage, data: [] } }, loss).data, undefined);
});

test('what callers would meet is told, and unknown inputs are not called the same', () => {
  const fewer = { ...third, signature: { ...churnSignature, inputs: churnSignature.inputs.slice(1) } };
  assert.deepEqual(verdictOn(fewer, second, loss).callers, ['1 input of version 2 is gone (age)']);
  assert.deepEqual(verdictOn(third, second, loss).callers, []);
  const bare = { ...second };
  delete bare.signature;
  assert.equal(verdictOn(third, bare, loss).callers, undefined);
});

test('a model is judged by the metric that was chosen in the experiment of its latest version', () => {
  const experiment = (experimentId: string, metric: string) => ({ experimentId, name: '', createdAt: 0, lastUpdatedAt: 0, runs: 1, tags: Object.fromEntries(Object.entries(choosePrimaryMetric({}, metric)).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))) });
  const moved = { ...churnModel, versions: churnModel.versions.map((version) => ({ ...version, lineage: { ...version.lineage, experimentId: String(version.version) } })) };
  const tags = tagsOfModel(moved, [experiment('2', 'f1'), experiment('3', 'accuracy')]);
  assert.deepEqual(primaryMetricOfModel(moved, tags), { metric: 'accuracy', direction: 'higher', chosen: true });
  assert.equal(primaryMetricOfModel(moved, tagsOfModel(moved, []))?.chosen, false);
});
