import { setImmediate } from 'node:timers/promises';
import type { CellExecution, NotebookCell } from '../contract/captures.ts';
import { maskSecrets } from './maskSecrets.ts';

/** After so many characters other work of the companion gets its turn. */
const turnCharacters = 64 * 1024;

/** Masks texts one after the other without holding other work up. */
function createMasking(): (text: string) => Promise<string> {
  let done = 0;
  return async (text) => {
    done += text.length;
    if (done > turnCharacters) {
      done = 0;
      await setImmediate();
    }
    return maskSecrets(text);
  };
}

/** The execution without secrets in its source and its texts. */
export async function maskExecution(execution: CellExecution): Promise<CellExecution> {
  const masked = createMasking();
  const outputs = [];
  for (const output of execution.outputs) {
    outputs.push(output.encoding === 'text' ? { ...output, content: await masked(output.content) } : output);
  }
  return { ...execution, source: await masked(execution.source), outputs };
}

export async function maskNotebook(cells: readonly NotebookCell[]): Promise<NotebookCell[]> {
  const masked = createMasking();
  const result = [];
  for (const cell of cells) {
    result.push({ ...cell, source: await masked(cell.source) });
  }
  return result;
}
