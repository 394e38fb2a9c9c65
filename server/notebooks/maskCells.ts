import { setImmediate } from 'node:timers/promises';
import type { CellExecution, NotebookCell } from '../contract/captures.ts';
import { mask, maskSecrets } from './maskSecrets.ts';

/** Masks what the cells of one captured run hold. */
export interface CellMasking {
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
    const steps = [(text: string): string => maskSecrets(text, find), (text: string): string => [...known].reduce((current, value) => current.replaceAll(value, mask), text)];
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
        next.push(step(text));
      }
      masked = next;
    }
    return masked;
  };

  return {
    async execution(execution) {
      const { outputs } = execution;
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
