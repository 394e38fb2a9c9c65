import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inputsChange, inputsChangeText } from '../../../server/contract/inputsChange.ts';
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

test('inputs that callers have to change are named', () => {
  const [age, ...others] = churnSignature.inputs;
  assert.ok(age !== undefined);
  assert.equal(inputsChangeText(inputsChange(churnSignature, churnSignature)), 'Same 6 inputs');
  assert.equal(inputsChangeText(inputsChange(churnSignature, { ...churnSignature, inputs: [...others, { ...age, name: 'plan' }] })), '1 input is gone: age; 1 is new: plan');
  assert.equal(inputsChangeText(inputsChange(churnSignature, { ...churnSignature, inputs: [{ ...age, type: 'double' }, ...others] })), '1 input is of another type: age');
  const optional = { ...churnSignature, inputs: [{ ...age, required: false }, ...others] };
  assert.equal(inputsChangeText(inputsChange(churnSignature, optional)), 'Same 6 inputs', 'callers that send it still may');
  assert.equal(inputsChangeText(inputsChange(optional, churnSignature)), '1 input is required now: age');
  const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ ...age, name }));
  assert.equal(inputsChangeText(inputsChange({ inputs: many, outputs: [] }, { inputs: [], outputs: [] })), '6 inputs are gone: a, b, c, d and 2 more');
  assert.equal(inputsChange(undefined, churnSignature).kind, 'unknown');
});

test('a model is judged by the metric that was chosen in the experiment of its latest version', () => {
  const experiment = (experimentId: string, metric: string) => ({ experimentId, name: '', createdAt: 0, lastUpdatedAt: 0, runs: 1, tags: Object.fromEntries(Object.entries(choosePrimaryMetric({}, metric)).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))) });
  const moved = { ...churnModel, versions: churnModel.versions.map((version) => ({ ...version, lineage: { ...version.lineage, experimentId: String(version.version) } })) };
  const tags = tagsOfModel(moved, [experiment('2', 'f1'), experiment('3', 'accuracy')]);
  assert.deepEqual(primaryMetricOfModel(moved, tags), { metric: 'accuracy', direction: 'higher', chosen: true });
  assert.equal(primaryMetricOfModel(moved, tagsOfModel(moved, []))?.chosen, false);
});
