import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunArtifacts } from '../../../server/contract/artifacts.ts';
import { artifactRows, fileAt, stepsOf } from '../../../webview/tracking/artifactRows.ts';
import { confusionOf, differingCells, readTable } from '../../../webview/ui/tables.ts';

function listed(runId: string, paths: readonly string[]): RunArtifacts {
  return { runId, truncated: false, files: paths.map((path) => ({ path, bytes: 1, sha256: 'a'.repeat(64), kind: /\.(?:csv|json)$/.test(path) ? 'table' : 'image' })) };
}

test('files of one name are a row; the images of a series are one row over their steps', () => {
  const rows = artifactRows([
    listed('a', ['roc.png', 'images/val~digits+step+10+timestamp+1700000000001+ab12.png', 'images/val~digits+step+10+timestamp+1700000000001+ab12+compressed.webp', 'images/val~digits+step+0+timestamp+1700000000000+cd34.png', 'table.csv']),
    listed('b', ['images/val#digits%step%5%timestamp%1700000000000%ef56.png', 'table.csv']),
  ]);
  assert.deepEqual(rows.map(({ name, kind, series }) => [name, kind, series]), [['val/digits', 'image', true], ['roc.png', 'image', false], ['table.csv', 'table', false]]);
  const [digits] = rows;
  assert.ok(digits !== undefined);
  assert.deepEqual(stepsOf(digits), [0, 5, 10]);
  assert.match(fileAt(digits, 'a', 10)?.preview.path ?? '', /compressed\.webp$/);
  assert.deepEqual([fileAt(digits, 'a', 7)?.step, fileAt(digits, 'b', 0)?.step, fileAt(digits, 'c', 0)], [0, 5, undefined]);
});

test('tables are read in each form that is logged', () => {
  const table = { columns: ['a', 'b'], rows: [['1', 'x'], ['2', '']] };
  assert.deepEqual(readTable('t.json', '{"columns": ["a", "b"], "data": [[1, "x"], [2, null]]}'), table);
  assert.deepEqual(readTable('t.json', '[{"a": 1, "b": "x"}, {"a": 2}]'), table);
  assert.deepEqual(readTable('t.json', '{"a": {"0": 1, "1": 2}, "b": {"0": "x"}}'), table);
  assert.deepEqual(readTable('t.csv', '\uFEFFa,b\r\n1,x\r\n2,\r\n'), table);
  assert.deepEqual(readTable('t.tsv', 'a\tb\n1\tx\n2\t'), table);
  assert.deepEqual(readTable('t.csv', 'a\n"x, ""y""\nz"\n'), { columns: ['a'], rows: [['x, "y"\nz']] });
  assert.equal(readTable('t.json', 'not json'), undefined);
  assert.equal(readTable('t.json', '{"accuracy": 0.5}'), undefined);
});

test('a confusion matrix is square, of counts, with or without labels', () => {
  const labelled = readTable('confusion.json', '{"labels": ["stays", "leaves"], "matrix": [[9, 1], [2, 8]]}');
  assert.ok(labelled !== undefined);
  assert.deepEqual(labelled.rows, [['stays', '9', '1'], ['leaves', '2', '8']]);
  assert.deepEqual(confusionOf('confusion.json', labelled), { counts: [[9, 1], [2, 8]], labelled: true });
  const plain = readTable('confusion_matrix.csv', 'a,b\n9,1\n2,8\n');
  assert.deepEqual(plain && confusionOf('confusion_matrix.csv', plain), { counts: [[9, 1], [2, 8]], labelled: false });
  assert.equal(plain && confusionOf('scores.csv', plain), undefined);
  const words = readTable('confusion_matrix.csv', 'a,b\n9,x\n2,8\n');
  assert.equal(words && confusionOf('confusion_matrix.csv', words), undefined);
});

test('cells differ by row and name of the column', () => {
  const base = { columns: ['a', 'b'], rows: [['1', 'x'], ['2', 'y']] };
  assert.deepEqual(differingCells({ columns: ['b', 'a', 'c'], rows: [['x', '1', ''], ['z', '2', ''], ['y', '3', '']] }, base), [
    [false, false, true],
    [true, false, true],
    [true, true, true],
  ]);
});
