import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTable } from '../../../webview/ui/tables.ts';
import { costOf, scoredRows, thresholdFigures, type ScoredRows } from '../../../webview/registry/evaluation.ts';

const table = (columns: readonly string[], ...data: readonly (readonly unknown[])[]): ScoredRows | undefined => {
  const read = readTable('evaluation.json', JSON.stringify({ columns, data }));
  return read === undefined ? undefined : scoredRows('evaluation.json', read);
};

test('rows of an evaluation are those with a label of two and a score each', () => {
  assert.deepEqual(table(['id', 'y_true', 'y_score'], [1, 'yes', 0.9], [2, 'no', 0.2])?.classes, ['no', 'yes']);
  assert.deepEqual(table(['label', 'score'], [10, 0.9], [9, 0.2])?.classes, ['9', '10']);
  assert.equal(table(['label', 'score'], ['a', 0.9], ['b', 0.2], ['c', 0.1]), undefined);
  assert.equal(table(['label', 'score'], ['a', 0.9], ['b', null]), undefined);
  assert.equal(table(['label', 'score'], ['a', 0.9], ['b', 1.2]), undefined);
  assert.equal(table(['label', 'prediction'], ['a', 0.9], ['b', 0.2]), undefined);
});

test('figures at a threshold are those of counting, with rows that reach it exactly', () => {
  const rows = table(['label', 'score'], [1, 0.9], [1, 0.37], [1, 0.1], [0, 0.37], [0, 0.36], [0, 0]) ?? assert.fail();
  const figures = thresholdFigures(rows);
  const { truePositives, falsePositives, falseNegatives, trueNegatives, precision, recall } = figures[37] ?? assert.fail();
  assert.deepEqual([truePositives, falsePositives, falseNegatives, trueNegatives, precision, recall], [2, 1, 1, 2, 2 / 3, 2 / 3]);
  assert.equal(costOf(figures[37] ?? assert.fail(), { missed: 5, alarm: 2 }), (5 + 2) / 6);
  assert.deepEqual([figures[100]?.precision, figures[100]?.recall, figures[0]?.recall, figures[0]?.precision], [null, 0, 1, 0.5]);
});
