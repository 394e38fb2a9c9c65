import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { executionNotebook } from '../../../extension/notebooks/executionNotebook.ts';
import type { CellExecution, CellOutput } from '../../../server/contract/notebooks.ts';

const execution = (source: string, more: Partial<CellExecution> = {}): CellExecution => ({
  cellId: 'a',
  cellIndex: 2,
  executionCount: 7,
  language: 'python',
  tags: [],
  source,
  startedAt: 0,
  endedAt: 1500,
  success: true,
  outputs: [],
  ...more,
});
const image: CellOutput = { mime: 'image/png', content: 'AAAA', encoding: 'base64', truncated: false, artifact: 'figures/cell-2-1.png' };

interface File {
  readonly cells: readonly { cell_type: string; id: string; source: string[]; outputs?: unknown[]; execution_count?: number | null; metadata: object }[];
}

const written = (executions: CellExecution[], earlier = 0): File['cells'] =>
  (JSON.parse(executionNotebook(executions.map((one, index) => ({ execution: one, runName: `run_${index}` })), earlier)) as File).cells;

describe('executionNotebook', () => {
  it('shows each execution as a cell with its source, count, figures and texts below when, how long and to what end it ran', () => {
    const [facts, cell] = written([execution('plot()', { success: false, outputs: [image, { ...image, mime: 'text/plain', content: '<Figure>', encoding: 'text', truncated: true }] })]);
    assert.match(facts?.source.join('') ?? '', /^#### .*\n\nrun\\_0 · cell 3 · 1\.5 s · \*\*failed\*\* · outputs cut at the size limit$/);
    assert.deepEqual(cell, {
      id: 'execution-1',
      cell_type: 'code',
      metadata: {},
      execution_count: 7,
      outputs: [{ output_type: 'display_data', data: { 'image/png': 'AAAA', 'text/plain': ['<Figure>'] }, metadata: {} }],
      source: ['plot()'],
    });
  });

  it('says where the source changed and how many are left out', () => {
    const cells = written([execution('new()'), execution('new()'), execution('old()', { language: 'sql' })], 3);
    const texts = cells.filter(({ cell_type }) => cell_type === 'markdown').map(({ source }) => source.join(''));
    assert.deepEqual(texts.map((text) => text.includes('source changed')), [false, true, false, false]);
    assert.equal(texts[3], '3 earlier executions are not shown.');
    assert.deepEqual(cells[5]?.metadata, { vscode: { languageId: 'sql' } });
    assert.equal(new Set(cells.map(({ id }) => id)).size, 7);
  });
});
