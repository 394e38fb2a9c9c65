import type { NotebookCell } from 'vscode';
import { z } from 'zod';

/** What the Jupyter format keeps with a cell: its id (nbformat 4.5) beside its own metadata. */
const cellMetadata = z.object({
  id: z.string().optional().catch(undefined),
  metadata: z.object({ tags: z.array(z.string()).optional().catch(undefined) }).optional().catch(undefined),
});

/** The cell's id in the file; a cell of an older file has one for as long as its notebook is open. */
export function cellId(cell: NotebookCell): string {
  const id = cellMetadata.safeParse(cell.metadata).data?.id;
  return id === undefined || id === '' ? `unsaved-${cell.document.uri.fragment}` : id;
}

export function cellTags(cell: NotebookCell): string[] {
  return cellMetadata.safeParse(cell.metadata).data?.metadata?.tags ?? [];
}

const notebookMetadata = z.object({
  metadata: z
    .object({
      kernelspec: z.object({ display_name: z.string().optional(), name: z.string().optional() }).optional().catch(undefined),
      language_info: z.object({ version: z.string().optional() }).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});

/** The kernel's name and Python version as the notebook's metadata give them. */
export function kernelOf(metadata: unknown): { readonly name?: string; readonly pythonVersion?: string } {
  const known = notebookMetadata.safeParse(metadata).data?.metadata;
  const name = known?.kernelspec?.display_name ?? known?.kernelspec?.name;
  const version = known?.language_info?.version;
  return { ...(name === undefined ? {} : { name }), ...(version === undefined ? {} : { pythonVersion: version }) };
}
