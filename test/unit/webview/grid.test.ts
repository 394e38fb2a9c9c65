import assert from 'node:assert/strict';
import { test } from 'node:test';
import { move } from '../../../webview/ui/grid/navigation.ts';

const extent = { rows: 100, columns: 10, page: 12 };

test('arrow keys move by one cell and stop at the edges', () => {
  assert.deepEqual(move('ArrowRight', false, { row: 0, column: 9 }, extent), { row: 0, column: 9 });
  assert.deepEqual(move('ArrowDown', false, { row: 3, column: 2 }, extent), { row: 4, column: 2 });
  assert.deepEqual(move('ArrowLeft', false, { row: 3, column: 0 }, extent), { row: 3, column: 0 });
});

test('above the first row lies the header', () => {
  assert.deepEqual(move('ArrowUp', false, { row: 0, column: 4 }, extent), { row: -1, column: 4 });
  assert.deepEqual(move('ArrowUp', false, { row: -1, column: 4 }, extent), { row: -1, column: 4 });
});

test('Page Down, Home and End cover distance', () => {
  assert.deepEqual(move('PageDown', false, { row: 95, column: 1 }, extent), { row: 99, column: 1 });
  assert.deepEqual(move('PageUp', false, { row: 5, column: 1 }, extent), { row: 0, column: 1 });
  assert.deepEqual(move('End', false, { row: 5, column: 1 }, extent), { row: 5, column: 9 });
  assert.deepEqual(move('End', true, { row: 5, column: 1 }, extent), { row: 99, column: 9 });
  assert.deepEqual(move('Home', true, { row: 5, column: 1 }, extent), { row: 0, column: 0 });
});

test('other keys do not move', () => {
  assert.equal(move('a', false, { row: 0, column: 0 }, extent), undefined);
});
