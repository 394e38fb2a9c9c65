import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readNotebookCells } from '../../../server/client/notebookFile.ts';

describe('readNotebookCells', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-notebook-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const file = (content: string): string => {
    const name = path.join(folder, 'a.ipynb');
    writeFileSync(name, content);
    return name;
  };

  it('reads sources, kinds and tags, and gives cells without an id their place', async () => {
    const cells = [
      { cell_type: 'code', id: 'abc', metadata: { tags: ['parameters'] }, source: ['x = 1\n', 'y = 2'], outputs: [] },
      { cell_type: 'markdown', metadata: {}, source: '# Title' },
      { cell_type: 'raw', source: '' },
    ];
    assert.deepEqual(await readNotebookCells(file(JSON.stringify({ cells, metadata: { language_info: { name: 'python' } }, nbformat: 4 }))), [
      { cellId: 'abc', kind: 'code', language: 'python', tags: ['parameters'], source: 'x = 1\ny = 2' },
      { cellId: 'cell-1', kind: 'markdown', language: 'markdown', tags: [], source: '# Title' },
      { cellId: 'cell-2', kind: 'code', language: 'raw', tags: [], source: '' },
    ]);
  });

  it('tells nothing of a file that is no notebook', async () => {
    for (const content of ['', '[]', '{"cells": [{"cell_type": "other"}]}', 'not JSON']) {
      assert.equal(await readNotebookCells(file(content)), undefined);
    }
    assert.equal(await readNotebookCells(path.join(folder, 'missing.ipynb')), undefined);
  });
});
