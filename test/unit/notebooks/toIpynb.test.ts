import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CellOfNow, NotebookOfNow } from '../../../extension/notebooks/notebookOfNow.ts';
import { type IpynbOptions, toIpynb } from '../../../extension/notebooks/toIpynb.ts';
import type { CapturedNotebook, CellOutput } from '../../../server/contract/notebooks.ts';

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
const written = (cells: Cell[], options?: IpynbOptions): unknown => JSON.parse(toIpynb(notebook(cells), options));
const cellOfNow = (more: Partial<CellOfNow>): CellOfNow => ({ source: '', executionCount: undefined, metadata: {}, attachments: undefined, outputs: [], ...more });
const now = (cells: Readonly<Record<string, Partial<CellOfNow>>>, file: NotebookOfNow['file'] = {}): NotebookOfNow => ({
  file,
  cells: new Map(Object.entries(cells).map(([id, cell]) => [id, cellOfNow(cell)])),
});

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

  it('takes kernel, format and cell metadata and the pictures of Markdown from the notebook of now, but not its tags', () => {
    const text: Cell = { ...code('m', '# Title'), kind: 'markdown', language: 'markdown' };
    const known = now(
      { a: { metadata: { collapsed: true, tags: ['new'] } }, m: { attachments: { 'a.png': { 'image/png': 'AAAA' } } } },
      { nbformat: 4, nbformat_minor: 4, metadata: { kernelspec: { name: 'k' } } },
    );
    const file = written([code('a', ''), code('b', '', [], ['old']), text], { now: known }) as { metadata: unknown; nbformat_minor: number; cells: { metadata: unknown; attachments?: unknown }[] };
    assert.deepEqual([file.metadata, file.nbformat_minor], [{ kernelspec: { name: 'k' } }, 4]);
    assert.deepEqual(file.cells.map(({ metadata }) => metadata), [{ collapsed: true }, { tags: ['old'] }, {}]);
    assert.deepEqual(file.cells[2]?.attachments, { 'a.png': { 'image/png': 'AAAA' } });
  });

  it('has the counts that the comparison wants, and no id that only an open notebook has', () => {
    const cell = { ...code('unsaved-W1', ''), executionCount: 3 };
    const known = now({ 'unsaved-W1': { executionCount: 9 } });
    const countOf = (options: IpynbOptions): unknown => (written([cell], options) as { cells: { execution_count: number | null; id?: string }[] }).cells.map(({ execution_count, id }) => [execution_count, id]);
    assert.deepEqual(countOf({ now: known }), [[3, undefined]]);
    assert.deepEqual(countOf({ now: known, counts: 'now' }), [[9, undefined]]);
    assert.deepEqual(countOf({ counts: 'none' }), [[null, undefined]]);
  });

  it('writes outputs that have not changed as the editor has them, type, count and error included', () => {
    const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);
    const stdout = 'application/vnd.code.notebook.stdout';
    const originalError = { output_type: 'error', ename: 'E', evalue: 'm', traceback: ['a\nb', 'c'] };
    const outputs = [
      { items: [{ mime: stdout, data: bytes('one ') }, { mime: stdout, data: bytes('two') }], metadata: { outputType: 'stream' } },
      { items: [{ mime: 'text/plain', data: bytes('1.0') }], metadata: { outputType: 'execute_result', executionCount: 2, metadata: { isolated: true } } },
      { items: [{ mime: 'application/pdf', data: Uint8Array.of(0, 0, 0) }], metadata: { outputType: 'display_data' } },
      { items: [{ mime: 'application/vnd.code.notebook.error', data: bytes('{"name":"E","message":"m","stack":"x"}') }], metadata: { outputType: 'error', originalError } },
    ];
    const file = written([code('a', '', [output('text/plain', 'as recorded')])], { now: now({ a: { outputs } }), sameOutputs: new Set(['a']) }) as { cells: { outputs: unknown[] }[] };
    assert.deepEqual(file.cells[0]?.outputs, [
      { output_type: 'stream', name: 'stdout', text: ['one two'] },
      { output_type: 'execute_result', data: { 'text/plain': ['1.0'] }, metadata: { isolated: true }, execution_count: 2 },
      { output_type: 'display_data', data: { 'application/pdf': 'AAAA' }, metadata: {} },
      originalError,
    ]);
  });

  it('does without a notebook of now, and leaves out what was left out', () => {
    assert.deepEqual(written([code('a', '', [{ ...output('image/png', '', 'base64'), truncated: true }])]), {
      cells: [{ cell_type: 'code', id: 'a', metadata: {}, execution_count: null, outputs: [], source: [] }],
      metadata: { language_info: { name: 'python' } },
      nbformat: 4,
      nbformat_minor: 5,
    });
  });
});
