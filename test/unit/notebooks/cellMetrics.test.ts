import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CellOutput } from '../../../server/contract/notebooks.ts';
import { readCellMetrics } from '../../../server/notebooks/cellMetrics.ts';

const output = (content: string, mime = 'text/plain'): CellOutput => ({ mime, content, encoding: 'text', truncated: false });
const stdout = (content: string): CellOutput => output(content, 'application/vnd.code.notebook.stdout');
const metrics = (source: string, outputs: CellOutput[], tags: string[] = []) =>
  readCellMetrics({ source, outputs, tags, language: 'python' }).map(({ key, value, step }) => [key, value, step]);

describe('the metrics of a cell without a tag', () => {
  it('are the numbers that it prints under names of how good a model is', () => {
    const printed = stdout('accuracy 0.9806\nAUC 0.831, test recall 0.7\nf1_macro: 0.5\nmean absolute error is 4.25\nrows: 120\nfit time: 3.1\n');
    assert.deepEqual(metrics('evaluate()', [printed]), [
      ['accuracy', 0.9806, 0],
      ['AUC', 0.831, 0],
      ['test recall', 0.7, 0],
      ['f1_macro', 0.5, 0],
      ['mean absolute error', 4.25, 0],
    ]);
  });

  it('have the steps of a training that says its epochs', () => {
    assert.deepEqual(metrics('fit()', [stdout('Epoch 1/2 - loss: 0.9 - val_accuracy: 0.5\nEpoch 2/2 - loss: 0.4 - val_accuracy: 0.8\n')]), [
      ['loss', 0.9, 1],
      ['val_accuracy', 0.5, 1],
      ['loss', 0.4, 2],
      ['val_accuracy', 0.8, 2],
    ]);
  });

  it('are the number that it ends with, under the name of what it calls', () => {
    assert.deepEqual(metrics('predicted = model.predict(x)\naccuracy_score(y, predicted)  # held out', [output('np.float64(0.93)')]), [['accuracy_score', 0.93, 0]]);
    assert.deepEqual(metrics('model.score(x, y)', [output('0.5')]), [['score', 0.5, 0]]);
    assert.deepEqual(metrics('len(frame)', [output('120')]), []);
    assert.deepEqual(metrics('accuracy', [output('0.9'), stdout('accuracy: 0.9\n')]), [['accuracy', 0.9, 0]]);
  });

  it('are not the columns of a table, nor numbers of a sentence', () => {
    const table = '<table><thead><tr><th></th><th>score</th></tr></thead><tbody><tr><th>0</th><td>3</td></tr></tbody></table>';
    assert.deepEqual(metrics('frame.head()', [output(table, 'text/html'), output('score: 3')]), []);
    assert.deepEqual(metrics('fit()', [stdout('accuracy rose to 0.9\nerror in 3\nbest of 5\n')]), []);
  });

  it('are all named numbers where it is tagged', () => {
    assert.deepEqual(metrics('report()', [stdout('rows: 120\naccuracy 0.9\n')], ['metrics']), [
      ['rows', 120, 0],
      ['accuracy', 0.9, 0],
    ]);
  });
});

describe('a cell tagged metric=NAME', () => {
  it('gives the one number that it ends with, by that name', () => {
    assert.deepEqual(metrics('gap(a, b)', [output('np.float64(0.25)')], ['metric=gap to best']), [['gap to best', 0.25, 0]]);
    assert.deepEqual(metrics('print(a)', [stdout('0.5\n')], ['metric=gap']), [['gap', 0.5, 0]]);
    assert.deepEqual(metrics('gap(a, b)', [output('[1, 2]')], ['metric=gap']), []);
  });
});
