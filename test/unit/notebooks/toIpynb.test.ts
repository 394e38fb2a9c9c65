import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toIpynb } from '../../../extension/notebooks/toIpynb.ts';
import type { CapturedNotebook, CellOutput } from '../../../server/contract/captures.ts';

type Cell = CapturedNotebook['cells'][number];

const output = (mime: string, content: string, encoding: 'text' | 'base64' = 'text'): CellOutput => ({ mime, content, encoding, truncated: false });
const code = (cellId: string, source: string, outputs: CellOutput[] = [], tags: string[] = []): Cell => ({
  cellId,
  kind: 'code',
  language: 'python',
  tags,
  source,
  outputs,
  executed: outputs.length > 0,
});
const notebook = (cells: Cell[]): CapturedNotebook => ({ runId: '0'.repeat(32), notebook: '/x/a.ipynb', recordedAt: 1, complete: true, cells });
const written = (cells: Cell[], now?: unknown): unknown => JSON.parse(toIpynb(notebook(cells), now));

describe('toIpynb', () => {
  it('writes sources as lines, with ids, tags and the execution count', () => {
    const cell = { ...code('a', 'x = 1\ny = 2', [], ['parameters']), executionCount: 3 };
    const text: Cell = { ...code('m', '# Title'), kind: 'markdown', language: 'markdown' };
    assert.deepEqual(written([cell, text]), {
      cells: [
        { cell_type: 'code', id: 'a', metadata: { tags: ['parameters'] }, execution_count: 3, outputs: [], source: ['x = 1\n', 'y = 2'] },
        { cell_type: 'markdown', id: 'm', metadata: {}, source: ['# Title'] },
      ],
      metadata: { language_info: { name: 'python' } },
      nbformat: 4,
      nbformat_minor: 5,
    });
  });

  it('puts the types of one value together, and begins the next value with a type that comes again', () => {
    const cell = code('a', '', [
      output('application/vnd.code.notebook.stdout', 'one\ntwo\n'),
      output('text/html', '<b>'),
      output('text/plain', 'b'),
      output('image/png', 'AAAA', 'base64'),
      output('text/plain', '<Figure>'),
      output('application/json', '{"a":1}'),
      output('application/vnd.code.notebook.error', JSON.stringify({ name: 'ValueError', message: 'no', stack: 'a\nb' })),
    ]);
    const { cells } = written([cell]) as { cells: { outputs: unknown[] }[] };
    assert.deepEqual(cells[0]?.outputs, [
      { output_type: 'stream', name: 'stdout', text: ['one\n', 'two\n'] },
      { output_type: 'display_data', data: { 'text/html': ['<b>'], 'text/plain': ['b'], 'image/png': 'AAAA' }, metadata: {} },
      { output_type: 'display_data', data: { 'text/plain': ['<Figure>'], 'application/json': { a: 1 } }, metadata: {} },
      { output_type: 'error', ename: 'ValueError', evalue: 'no', traceback: ['a', 'b'] },
    ]);
  });

  it('takes kernel and cell metadata from the notebook of now, but not its tags', () => {
    const now = { metadata: { kernelspec: { name: 'k' } }, cells: [{ id: 'a', metadata: { collapsed: true, tags: ['new'] } }, { metadata: {} }] };
    const file = written([code('a', ''), code('b', '', [], ['old'])], now) as { metadata: unknown; cells: { metadata: unknown }[] };
    assert.deepEqual(file.metadata, { kernelspec: { name: 'k' } });
    assert.deepEqual(file.cells.map(({ metadata }) => metadata), [{ collapsed: true }, { tags: ['old'] }]);
  });

  it('does without a readable notebook of now, and leaves out what was left out', () => {
    for (const now of [undefined, null, 'x', { cells: 3, metadata: 4 }]) {
      assert.deepEqual(written([code('a', '', [{ ...output('image/png', '', 'base64'), truncated: true }])], now), {
        cells: [{ cell_type: 'code', id: 'a', metadata: {}, execution_count: null, outputs: [], source: [] }],
        metadata: { language_info: { name: 'python' } },
        nbformat: 4,
        nbformat_minor: 5,
      });
    }
  });
});
