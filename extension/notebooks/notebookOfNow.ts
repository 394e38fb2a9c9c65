import type { NotebookCell, NotebookDocument } from 'vscode';
import { z } from 'zod';
import { cellId } from './cellIdentity.ts';
import type { Output } from './outputs.ts';

type Json = Readonly<Record<string, unknown>>;

export interface OutputOfNow extends Output {
  /** What VS Code knows of it, such as its type in the Jupyter format. */
  readonly metadata: Json;
}

export interface CellOfNow {
  readonly source: string;
  readonly executionCount: number | undefined;
  readonly metadata: Json;
  /** Pictures that its Markdown shows. */
  readonly attachments: Json | undefined;
  readonly outputs: readonly OutputOfNow[];
}

/** A notebook as the editor has it, saved or not, in the terms of the Jupyter format. */
export interface NotebookOfNow {
  /** What its file says beside its cells. */
  readonly file: Json;
  /** By cell id. */
  readonly cells: ReadonlyMap<string, CellOfNow>;
}

const json = z.record(z.string(), z.unknown());
const cellMetadata = z.object({ metadata: json.catch({}), attachments: json.optional().catch(undefined), execution_count: z.number().optional().catch(undefined) });
const unknownCell = { metadata: {}, attachments: undefined, execution_count: undefined };

function readCell(cell: NotebookCell): CellOfNow {
  const { metadata, attachments, execution_count } = cellMetadata.safeParse(cell.metadata).data ?? unknownCell;
  const outputs = cell.outputs.map(({ items, metadata: known }) => ({ items, metadata: known ?? {} }));
  return { source: cell.document.getText(), executionCount: execution_count ?? cell.executionSummary?.executionOrder, metadata, attachments, outputs };
}

export function readNotebookOfNow(notebook: NotebookDocument): NotebookOfNow {
  return { file: json.catch({}).parse(notebook.metadata), cells: new Map(notebook.getCells().map((cell) => [cellId(cell), readCell(cell)])) };
}
