import type { CapturedNotebook } from '../../server/contract/notebooks.ts';
import { asLines, asOutputs, asOutputsOfNow } from './ipynbOutputs.ts';
import type { NotebookOfNow } from './notebookOfNow.ts';

export interface IpynbOptions {
  /** The notebook as it is now, where it is still there. */
  readonly now?: NotebookOfNow | undefined;
  /** Cells whose outputs are taken from the notebook of now, as they have not changed. */
  readonly sameOutputs?: ReadonlySet<string>;
  /** Whose execution counts the cells get. They differ between any two runs, so that a comparison is better without its own. */
  readonly counts?: 'recorded' | 'now' | 'none';
}

/** A cell of a file before the format had ids gets one for as long as its notebook is open: it does not belong in a file. */
function idOf(cellId: string): { readonly id?: string } {
  return cellId.startsWith('unsaved-') ? {} : { id: cellId };
}

const unknownFile = { metadata: { language_info: { name: 'python' } }, nbformat: 4, nbformat_minor: 5 };

/**
 * A captured notebook as a file of the Jupyter format (4.5). What the capture does not hold, such as the kernel, the metadata of
 * cells and the pictures of Markdown, is taken from the notebook as it is now, so that a comparison shows what changed and nothing else.
 */
export function toIpynb(notebook: CapturedNotebook, { now, sameOutputs, counts = 'recorded' }: IpynbOptions = {}): string {
  const cells = notebook.cells.map((cell) => {
    const known = now?.cells.get(cell.cellId);
    const rest = Object.entries(known?.metadata ?? {}).filter(([name]) => name !== 'tags');
    const common = {
      cell_type: cell.language === 'raw' ? 'raw' : cell.kind,
      ...idOf(cell.cellId),
      metadata: { ...Object.fromEntries(rest), ...(cell.tags.length === 0 ? {} : { tags: cell.tags }) },
      source: asLines(cell.source),
    };
    if (common.cell_type !== 'code') {
      return known?.attachments === undefined ? common : { ...common, attachments: known.attachments };
    }
    const count = { recorded: cell.executionCount, now: known?.executionCount, none: undefined }[counts];
    const outputs = known !== undefined && sameOutputs?.has(cell.cellId) === true ? asOutputsOfNow(known.outputs) : asOutputs(cell.outputs);
    return { ...common, execution_count: count ?? null, outputs };
  });
  // The notebook diff compares the text of these: their order counts.
  const file: NotebookOfNow['file'] = now?.file['nbformat'] === undefined ? unknownFile : now.file;
  // VS Code tells the indentation of a file among its metadata.
  const { indentAmount, ...written } = file;
  return `${JSON.stringify({ ...written, cells }, undefined, typeof indentAmount === 'string' ? indentAmount : 1)}\n`;
}
