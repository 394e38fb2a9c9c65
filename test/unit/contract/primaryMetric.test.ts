import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directionByName, directionOf, isTrainingMetric } from '../../../server/contract/metricDirection.ts';
import { byTelling, chooseDirection, choosePrimaryMetric, coverageOf, primaryMetricOf, type TagChanges } from '../../../server/contract/primaryMetric.ts';
import { autologRuns } from '../../webview/fixtures/autologRuns.ts';

test('the name of a metric tells which values are better', () => {
  assert.deepEqual(['val_loss', 'roc_auc', 'neg_log_loss', 'rmse', 'fitTime', 'metric/f1', 'rows'].map(directionByName), ['lower', 'higher', 'higher', 'lower', 'lower', 'higher', undefined]);
});

test('of a rank and of a spread no value is better, and metrics of training rows are told apart', () => {
  assert.deepEqual(['rank_test_score', 'std_test_score', 'var_loss'].map(directionByName), [undefined, undefined, undefined]);
  assert.deepEqual(['training_score', 'train/loss', 'trainLoss', 'test_mae', 'strain'].map(isTrainingMetric), [true, true, true, false, false]);
});

const guess = (...metrics: readonly (readonly [string, number])[]): string | undefined => primaryMetricOf({}, new Map(metrics.map(([metric, runs]) => [metric, { runs, latest: 0 }])))?.metric;

test('the primary metric is one of held-out rows that most runs have', () => {
  assert.equal(primaryMetricOf({}, coverageOf(autologRuns))?.metric, 'test_mae', 'candidates of a search are not asked');
  assert.equal(guess(['accuracy', 10], ['val_accuracy', 9], ['training_accuracy', 10]), 'val_accuracy');
  assert.equal(guess(['accuracy', 10], ['test_accuracy', 1]), 'accuracy', 'one run of ten has no say');
  assert.equal(guess(['fit_time', 10], ['train_loss', 5]), 'train_loss', 'what a run cost comes last');
  assert.equal(guess(['rank_test_score', 10], ['rows', 10]), undefined);
  assert.equal(guess(), undefined);
});

const after = (tags: Readonly<Record<string, string>>, changes: TagChanges): Record<string, string> =>
  Object.fromEntries(Object.entries({ ...tags, ...changes }).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));

test('what is chosen stands in MLflow\u2019s own tags, and is read from them', () => {
  const chosen = after({}, choosePrimaryMetric({}, 'test_mae'));
  assert.deepEqual(chosen, { 'mlflow.experiment.primaryMetric.name': 'test_mae', 'mlflow.experiment.primaryMetric.greaterIsBetter': 'False' });
  const turned = after(chosen, chooseDirection(chosen, 'test_mae', 'higher'));
  assert.equal(turned['mlflow.experiment.primaryMetric.greaterIsBetter'], 'True');
  assert.deepEqual(primaryMetricOf(turned, new Map()), { metric: 'test_mae', direction: 'higher', chosen: true });
  assert.deepEqual(after(turned, choosePrimaryMetric(turned, null)), { 'slipway.direction.test_mae': 'higher' });
  assert.equal(directionOf('score', { 'slipway.direction.score': 'none' }), undefined);
  assert.equal(directionOf('gain', { 'mlflow.experiment.primaryMetric.name': 'gain', 'mlflow.experiment.primaryMetric.greaterIsBetter': 'False' }), 'lower');
  assert.equal(directionOf('gain', { 'mlflow.experiment.primaryMetric.name': 'gain', 'mlflow.experiment.primaryMetric.greaterIsBetter': 'true' }), 'higher', 'as AutoML writes it');
  assert.deepEqual(after(turned, chooseDirection(turned, 'test_mae', null))['mlflow.experiment.primaryMetric.greaterIsBetter'], 'False', 'its name says so');
});

test('metrics of held-out rows come first, then the usual ones; training rows, folds and costs come last', () => {
  assert.deepEqual(byTelling(['fit_time', 'train_auc', 'rows', 'loss', 'accuracy', 'f1', 'roc_auc', 'split0_test_score', 'test_mae']), ['test_mae', 'roc_auc', 'f1', 'accuracy', 'loss', 'rows', 'train_auc', 'split0_test_score', 'fit_time']);
});
