import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import { cellExecution, type CellExecution, type CellHistoryEntry, type CellOutput, type ExecutionEntry } from '../contract/notebooks.ts';
import type { Database } from '../platform/database/database.ts';

/** Executions of one cell across captured runs, and those of one captured run across its cells. */
export interface CellHistory {
  /** The latest first. `total` counts all. */
  of(notebook: string, cellId: string, limit: number): Promise<{ executions: CellHistoryEntry[]; total: number }>;
  /** In order; the latest ones where there are more. `total` counts all. */
  ofRun(runId: string, limit: number): Promise<{ executions: ExecutionEntry[]; total: number }>;
  execution(runId: string, sequence: number): CellExecution | undefined;
}

const longestLine = 200;
const errorOutput = z.object({ name: z.string().default(''), message: z.string().default('') });
const readable = new Set(['text/plain', 'application/vnd.code.notebook.stdout', 'application/vnd.code.notebook.stderr', 'text/markdown']);

function lineOf({ mime, content }: CellOutput): string | undefined {
  if (mime === 'application/vnd.code.notebook.error') {
    try {
      const { name, message } = errorOutput.parse(JSON.parse(content));
      return `${name}: ${message}`.split('\n')[0];
    } catch {
      return undefined;
    }
  }
  return readable.has(mime) ? stripVTControlCharacters(content).split('\n').find((line) => line.trim() !== '')?.trim() : undefined;
}

function shortened(line: string): string {
  return line.length > longestLine ? `${line.slice(0, longestLine)}…` : line;
}

/** The first line that a cell printed, returned or raised. */
export function firstLine(outputs: readonly CellOutput[]): string | undefined {
  for (const output of outputs) {
    const line = lineOf(output);
    if (line !== undefined && line !== '') {
      return shortened(line);
    }
  }
  return undefined;
}

/** The first line that says what a cell does; a comment where there is nothing else. */
function titleOf(source: string): string {
  const lines = source.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  return shortened(lines.find((line) => !line.startsWith('#')) ?? lines[0] ?? '');
}

/** What a list says of an execution. */
function headOf({ startedAt, endedAt, success, executionCount, outputs }: CellExecution): Pick<CellHistoryEntry, 'startedAt' | 'endedAt' | 'success' | 'executionCount' | 'firstLine'> {
  const line = firstLine(outputs);
  return { startedAt, endedAt, success, ...(executionCount === undefined ? {} : { executionCount }), ...(line === undefined ? {} : { firstLine: line }) };
}

export function createCellHistory(database: Database, runName: (runId: string) => string): CellHistory {
  const places = database.prepare<[string, string, number], { run_id: string; sequence: number }>(
    `SELECT e.run_id, e.sequence FROM cell_execution e JOIN capture c ON c.run_id = e.run_id
     WHERE e.cell_id = ? AND c.notebook = ? ORDER BY c.started_at DESC, c.rowid DESC, e.sequence DESC LIMIT ?`,
  );
  const count = database.prepare<[string, string], { total: number }>(
    'SELECT count(*) AS total FROM cell_execution e JOIN capture c ON c.run_id = e.run_id WHERE e.cell_id = ? AND c.notebook = ?',
  );
  const one = database.prepare<[string, number], { execution: string }>('SELECT execution FROM cell_execution WHERE run_id = ? AND sequence = ?');
  const last = database.prepare<[string], { sequence: number | null }>('SELECT max(sequence) AS sequence FROM cell_execution WHERE run_id = ?');
  const execution = (runId: string, sequence: number): CellExecution | undefined => {
    const row = one.get(runId, sequence);
    return row === undefined ? undefined : cellExecution.parse(JSON.parse(row.execution));
  };
  return {
    execution,
    async of(notebook, cellId, limit) {
      const entries: CellHistoryEntry[] = [];
      for (const { run_id: runId, sequence } of places.all(cellId, notebook, limit)) {
        // An execution may hold megabytes: other work gets its turn between two.
        await setImmediate();
        const found = execution(runId, sequence);
        if (found !== undefined) {
          entries.push({
            ...headOf(found),
            runId,
            runName: runName(runId),
            sequence,
            sourceDigest: createHash('sha256').update(found.source).digest('hex'),
            figures: found.outputs.filter(({ artifact }) => artifact !== undefined).length,
          });
        }
      }
      return { executions: entries, total: count.get(cellId, notebook)?.total ?? 0 };
    },
    async ofRun(runId, limit) {
      const total = last.get(runId)?.sequence ?? 0;
      const executions: ExecutionEntry[] = [];
      for (let sequence = Math.max(1, total - limit + 1); sequence <= total; sequence += 1) {
        await setImmediate();
        const found = execution(runId, sequence);
        if (found !== undefined) {
          const figures = found.outputs.flatMap(({ artifact }) => artifact ?? []);
          executions.push({ ...headOf(found), sequence, cellId: found.cellId, cellIndex: found.cellIndex, title: titleOf(found.source), figures });
        }
      }
      return { executions, total };
    },
  };
}
