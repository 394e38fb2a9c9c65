import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CellOfNow } from '../../../extension/notebooks/notebookOfNow.ts';
import { unchangedCells, withLinesOfNow } from '../../../extension/notebooks/unchangedCells.ts';
import { createCellMasking } from '../../../server/notebooks/maskCells.ts';
import { mask } from '../../../server/notebooks/secretValues.ts';

describe('withLinesOfNow', () => {
  const lines = (recorded: string[], masked: string[], now: string[]): string[] => withLinesOfNow(recorded.join('\n'), masked.join('\n'), now.join('\n')).split('\n');

  it('shows a secret of now where its line has not changed', () => {
    assert.deepEqual(lines([`p = "${mask}"`, 'old()'], ['new()', `p = "${mask}"`], ['new()', 'p = "s3cret"']), ['p = "s3cret"', 'old()']);
  });

  it('tells two secrets of the same name apart by their order', () => {
    assert.deepEqual(lines([`p = "${mask}"`, 'x', `p = "${mask}"`], [`p = "${mask}"`, `p = "${mask}"`], ['p = "one"', 'p = "two"']), ['p = "one"', 'x', 'p = "two"']);
  });

  it('keeps what is masked where the line has changed, or is gone', () => {
    assert.deepEqual(lines([`p = "${mask}"`, 'y'], ['p = load()', 'y'], ['p = load()', 'y']), [`p = "${mask}"`, 'y']);
    assert.deepEqual(lines([`key = "${mask}"`, 'y'], [`key = "${mask}"`], ['key = "-----BEGIN', 'second line"']), [`key = "${mask}"`, 'y']);
  });
});

describe('unchangedCells', () => {
  const stdout = 'application/vnd.code.notebook.stdout';
  const secret = 'hunter2-abcdef';
  const now = (source: string, printed?: string): CellOfNow => ({
    source,
    executionCount: 1,
    metadata: {},
    attachments: undefined,
    outputs: printed === undefined ? [] : [{ items: [{ mime: stdout, data: new TextEncoder().encode(printed) }], metadata: {} }],
  });
  const then = (cellId: string, source: string, printed?: string): Parameters<typeof unchangedCells>[0]['cells'][number] => ({
    cellId,
    kind: 'code',
    language: 'python',
    tags: [],
    source,
    executed: true,
    outputs: printed === undefined ? [] : [{ mime: stdout, content: printed, encoding: 'text', truncated: false }],
  });

  it('finds no change in a notebook with secrets in sources and outputs, and finds those that there are', async () => {
    const cells = [then('a', `password = "${mask}"`), then('b', 'print(password)', `${mask}\n`), then('c', 'print(1)', '1\n'), then('gone', `token = "${mask}"`, 'x')];
    const current = { a: now(`password = "${secret}"`), b: now('print(password)', `${secret}\n`), c: now('print(2)', '2\n') };
    const beside = await unchangedCells(
      { runId: '0'.repeat(32), notebook: '/x/a.ipynb', recordedAt: 1, complete: true, cells },
      { file: {}, cells: new Map(Object.entries(current)) },
      (texts) => createCellMasking().texts(texts),
    );
    assert.deepEqual(beside.notebook.cells.map(({ source }) => source), [`password = "${secret}"`, 'print(password)', 'print(1)', `token = "${mask}"`]);
    assert.deepEqual([...beside.sameOutputs], ['a', 'b']);
  });
});
