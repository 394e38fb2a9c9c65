import { setImmediate } from 'node:timers/promises';
import type { CellExecution, CellOutput, NotebookCell } from '../contract/notebooks.ts';
import { maskKnownSecrets } from './knownSecrets.ts';
import { maskColumns } from './maskColumns.ts';
import { maskSecrets } from './maskSecrets.ts';
import { mask } from './secretValues.ts';

/** Masks what the cells of one captured run hold. */
export interface CellMasking {
  /** The texts without secrets, in their order. */
  texts(texts: readonly string[]): Promise<string[]>;
  /** The execution without secrets in its source and its texts. */
  execution(execution: CellExecution): Promise<CellExecution>;
  notebook(cells: readonly NotebookCell[]): Promise<NotebookCell[]>;
}

/** After so many characters other work of the companion gets its turn. */
const turnCharacters = 64 * 1024;
const mostKnown = 50;
/** Shorter values, and words, could stand anywhere for something else. */
const shortestKnown = 8;

function isTelling(value: string): boolean {
  return value.length >= shortestKnown && /[A-Za-z]/.test(value) && /[^A-Za-z\s]/.test(value);
}

/** A frame shows some sixty rows. */
const mostOfTable = 200;

/** The text of what stands beside it as a table, with that table's secrets masked: a text does not tell as surely what belongs to a name. */
function maskAsTable(output: CellOutput, beside: readonly (CellOutput | undefined)[]): CellOutput {
  const values = new Set<string>();
  // A value's types come in the kernel's order: which of the two tables is its own is not known.
  for (const table of output.mime === 'text/plain' ? beside : []) {
    maskColumns(table?.mime === 'text/html' ? table.content : '', (value) => values.add(value));
  }
  const cells = [...values].slice(0, mostOfTable).map((value) => value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return cells.length === 0 ? output : { ...output, content: output.content.replace(new RegExp(`(?<![^\\s'"])(?:${cells.join('|')})(?![^\\s'",])`, 'g'), mask) };
}

/**
 * What was once seen to be a secret stays one: a password that a cell assigns is masked where another one prints it without its name.
 * Such values are known in memory only.
 */
export function createCellMasking(): CellMasking {
  const known = new Set<string>();
  const find = (value: string): void => {
    if (known.size < mostKnown && isTelling(value)) {
      known.add(value);
    }
  };

  const maskAll = async (texts: readonly string[]): Promise<string[]> => {
    const steps: ((text: string) => string | Promise<string>)[] = [async (text) => maskSecrets(await maskKnownSecrets(text, find), find), (text) => [...known].reduce((current, value) => current.replaceAll(value, mask), text)];
    let done = 0;
    let masked = [...texts];
    for (const step of steps) {
      const next = [];
      for (const text of masked) {
        done += text.length;
        if (done > turnCharacters) {
          done = 0;
          await setImmediate();
        }
        next.push(await step(text));
      }
      masked = next;
    }
    return masked;
  };

  return {
    texts: maskAll,
    async execution(execution) {
      const outputs = execution.outputs.map((output, index, all) => maskAsTable(output, [all[index - 1], all[index + 1]]));
      const [source = '', ...contents] = await maskAll([execution.source, ...outputs.map(({ encoding, content }) => (encoding === 'text' ? content : ''))]);
      return { ...execution, source, outputs: outputs.map((output, index) => (output.encoding === 'text' ? { ...output, content: contents[index] ?? '' } : output)) };
    },
    async notebook(cells) {
      const sources = await maskAll(cells.map(({ source }) => source));
      return cells.map((cell, index) => ({ ...cell, source: sources[index] ?? '' }));
    },
  };
}

/** Captured runs that end without a word, with their windows, are forgotten in the end. */
const mostRuns = 100;

/** The masking of each captured run. */
export interface RunMaskings {
  of(runId: string): CellMasking;
  forget(runId: string): void;
}

export function createRunMaskings(): RunMaskings {
  const maskings = new Map<string, CellMasking>();
  return {
    of(runId) {
      const masking = maskings.get(runId) ?? createCellMasking();
      maskings.set(runId, masking);
      const [oldest] = maskings.keys();
      if (maskings.size > mostRuns && oldest !== undefined) {
        maskings.delete(oldest);
      }
      return masking;
    },
    forget: (runId) => void maskings.delete(runId),
  };
}
