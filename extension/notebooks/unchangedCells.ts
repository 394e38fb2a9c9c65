import type { CapturedNotebook, CellOutput } from '../../server/contract/notebooks.ts';
import type { CellOfNow, NotebookOfNow } from './notebookOfNow.ts';
import { captureOutputs } from './outputs.ts';

/** Masks texts as a capture does. */
export type MaskTexts = (texts: readonly string[]) => Promise<string[]>;

export interface BesideNow {
  /** With the secrets of now where nothing around them has changed. */
  readonly notebook: CapturedNotebook;
  /** Ids of the cells that show now what they showed then. */
  readonly sameOutputs: ReadonlySet<string>;
}

/**
 * The lines of a recorded text that the text of now has too, secrets aside, as they are now.
 * @param masked the text of now as a capture would keep it
 */
export function withLinesOfNow(recorded: string, masked: string, now: string): string {
  if (recorded === masked) {
    return now;
  }
  const lines = now.split('\n');
  const maskedLines = masked.split('\n');
  // A secret of several lines is masked as one.
  if (lines.length !== maskedLines.length) {
    return recorded;
  }
  const places = new Map<string, string[]>();
  maskedLines.forEach((line, index) => {
    if (line !== lines[index]) {
      places.set(line, [...(places.get(line) ?? []), lines[index] ?? line]);
    }
  });
  return recorded
    .split('\n')
    .map((line) => places.get(line)?.shift() ?? line)
    .join('\n');
}

type Captured = Pick<CapturedNotebook['cells'][number], 'source' | 'outputs'>;

/** The cells of now as a capture would keep them. */
async function asCaptured(cells: readonly (readonly [string, CellOfNow])[], maskTexts: MaskTexts): Promise<ReadonlyMap<string, Captured>> {
  const bare = cells.map(([id, { source, outputs }]) => ({ id, source, outputs: captureOutputs(outputs) }));
  const textsOf = ({ source, outputs }: Captured): string[] => [source, ...outputs.filter(({ encoding }) => encoding === 'text').map(({ content }) => content)];
  const masked = (await maskTexts(bare.flatMap(textsOf))).values();
  const next = (): string => masked.next().value ?? '';
  return new Map(
    bare.map(({ id, outputs }) => [id, { source: next(), outputs: outputs.map((output) => (output.encoding === 'text' ? { ...output, content: next() } : output)) }]),
  );
}

function showSame(recorded: readonly CellOutput[], now: readonly CellOutput[]): boolean {
  return recorded.length === now.length && recorded.every(({ mime, content }, index) => mime === now[index]?.mime && content === now[index].content);
}

/**
 * Compares a captured notebook with the notebook of now as the capture would keep it: the capture holds no secret, and none that is
 * still in its place counts as a change.
 */
export async function unchangedCells(notebook: CapturedNotebook, now: NotebookOfNow, maskTexts: MaskTexts): Promise<BesideNow> {
  const stillThere = notebook.cells.flatMap(({ cellId }): (readonly [string, CellOfNow])[] => {
    const cell = now.cells.get(cellId);
    return cell === undefined ? [] : [[cellId, cell]];
  });
  const captured = await asCaptured(stillThere, maskTexts);
  const sameOutputs = notebook.cells.filter(({ cellId, outputs }) => showSame(outputs, captured.get(cellId)?.outputs ?? []));
  const cells = notebook.cells.map((cell) => {
    const masked = captured.get(cell.cellId)?.source;
    const current = now.cells.get(cell.cellId)?.source;
    return masked === undefined || current === undefined ? cell : { ...cell, source: withLinesOfNow(cell.source, masked, current) };
  });
  return { notebook: { ...notebook, cells }, sameOutputs: new Set(sameOutputs.map(({ cellId }) => cellId)) };
}
