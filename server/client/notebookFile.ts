import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { NotebookCell } from '../contract/notebooks.ts';

const mostCells = 5000;
const mostTags = 100;

const text = z.union([z.string(), z.array(z.string()).transform((lines) => lines.join(''))]);
const notebookFile = z.object({
  metadata: z.object({ language_info: z.object({ name: z.string() }).optional().catch(undefined) }).catch({}),
  cells: z.array(
    z.object({
      id: z.string().optional().catch(undefined),
      cell_type: z.enum(['code', 'markdown', 'raw']),
      metadata: z.object({ tags: z.array(z.string()).catch([]) }).catch({ tags: [] }),
      source: text,
    }),
  ),
});

/** The ids that the notebook executor gives: the file's own, or a cell's place. */
function idsOf(cells: readonly { readonly id?: string | undefined }[]): string[] {
  return cells.map(({ id }, index) => (id === undefined || id === '' ? `cell-${index}` : id));
}

/** The cells of a notebook file; undefined when it is no notebook of format 4. */
export async function readNotebookCells(file: string): Promise<NotebookCell[] | undefined> {
  try {
    const { cells, metadata } = notebookFile.parse(JSON.parse(await readFile(file, 'utf8')));
    const language = metadata.language_info?.name ?? 'python';
    const ids = idsOf(cells);
    return cells.slice(0, mostCells).map(({ cell_type: type, metadata: { tags }, source }, index) => ({
      cellId: ids[index] ?? `cell-${index}`,
      kind: type === 'markdown' ? 'markdown' : 'code',
      language: type === 'code' ? language : type,
      tags: tags.slice(0, mostTags),
      source,
    }));
  } catch {
    return undefined;
  }
}
