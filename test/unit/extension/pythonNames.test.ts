import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assignedNames, inputNames, isPythonName, rankModelNames } from '../../../extension/notebooks/pythonNames.ts';

const source = `
import pandas as pd
data = pd.read_csv("churn.csv")
train_x, test_x, train_y, test_y = split(data)
rate: float = 0.5
def build():
    inner = 1
    return inner
with mlflow.start_run() as run:
    model = build()
clf = build()
if clf == model:
    pass
_private = 3
`;

test('names come from assignments outside of functions, the last first', () => {
  assert.deepEqual(assignedNames(source), ['clf', 'model', 'run', 'rate', 'test_y', 'train_y', 'test_x', 'train_x', 'data']);
});

test('keyword arguments on lines of their own are no variables', () => {
  assert.deepEqual(assignedNames('fit(\n  rate=1,\n  text="(",\n)\nafter = 2'), ['after']);
});

test('names that look like models come first, else the order stays', () => {
  assert.deepEqual(rankModelNames(['run', 'clf', 'rate', 'my_model']), ['clf', 'my_model', 'run', 'rate']);
});

test('inputs are offered with the test data first', () => {
  assert.deepEqual(inputNames(['train_y', 'train_x', 'test_x', 'data', 'model']), ['test_x', 'train_x', 'data']);
});

test('a variable may be an attribute, but no call', () => {
  assert.equal(isPythonName('search.best_estimator_'), true);
  assert.equal(isPythonName('f()'), false);
  assert.equal(isPythonName('1st'), false);
});
