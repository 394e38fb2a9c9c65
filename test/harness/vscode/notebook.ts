import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Makes a temporary workspace with one notebook of these code cells. @returns its folder, which the caller removes */
export function makeWorkspace(cells: readonly string[], name = 'work.ipynb'): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-workspace-'));
  const notebook = {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' }, language_info: { name: 'python' } },
    cells: cells.map((source, index) => ({ id: `cell-${index}`, cell_type: 'code', metadata: {}, outputs: [], execution_count: null, source })),
  };
  writeFileSync(path.join(folder, name), JSON.stringify(notebook));
  return folder;
}
