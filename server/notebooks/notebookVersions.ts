import { createHash } from 'node:crypto';
import { z } from 'zod';
import { notebookCell, type NotebookCell } from '../contract/notebooks.ts';
import type { Database } from '../platform/database/database.ts';
import { captureLimits } from './bounds.ts';

export interface NotebookVersion {
  readonly cells: NotebookCell[];
  readonly recordedAt: number;
}

/** Notebooks as they were during captured runs; a version that several runs had is kept once. */
export interface NotebookVersions {
  /** @returns the sha256 of the cells */
  record(runId: string, cells: readonly NotebookCell[], recordedAt: number): string;
  /** The version that a run had at a time, or at its end; undefined where none was recorded. */
  at(runId: string, at: number | undefined): NotebookVersion | undefined;
}

interface VersionRow {
  readonly sequence: number;
  readonly digest: string;
}

/** Sources cut to what a version may hold together. */
function bounded(cells: readonly NotebookCell[]): NotebookCell[] {
  let left: number = captureLimits.notebook;
  return cells.map((cell) => {
    const source = cell.source.slice(0, Math.min(left, captureLimits.source));
    left -= source.length;
    return { ...cell, source };
  });
}

export function createNotebookVersions(database: Database): NotebookVersions {
  const insertVersion = database.prepare<[string, string]>('INSERT INTO notebook_version (digest, cells) VALUES (?, ?) ON CONFLICT DO NOTHING');
  const last = database.prepare<[string], VersionRow>('SELECT sequence, digest FROM capture_notebook WHERE run_id = ? ORDER BY sequence DESC LIMIT 1');
  const insert = database.prepare<[string, number, string, number]>(
    'INSERT OR REPLACE INTO capture_notebook (run_id, sequence, digest, recorded_at) VALUES (?, ?, ?, ?)',
  );
  const dropUnused = database.prepare<[string]>(
    'DELETE FROM notebook_version WHERE digest = ?1 AND NOT EXISTS (SELECT 1 FROM capture_notebook WHERE digest = ?1)',
  );
  const before = database.prepare<[string, number], { cells: string; recorded_at: number }>(
    `SELECT v.cells, c.recorded_at FROM capture_notebook c JOIN notebook_version v ON v.digest = c.digest
     WHERE c.run_id = ? AND c.recorded_at <= ? ORDER BY c.sequence DESC LIMIT 1`,
  );
  const first = database.prepare<[string], { cells: string; recorded_at: number }>(
    `SELECT v.cells, c.recorded_at FROM capture_notebook c JOIN notebook_version v ON v.digest = c.digest WHERE c.run_id = ? ORDER BY c.sequence LIMIT 1`,
  );
  const record = database.transaction((runId: string, digest: string, cells: string, recordedAt: number): void => {
    const latest = last.get(runId);
    if (latest?.digest === digest) {
      return;
    }
    insertVersion.run(digest, cells);
    // A run that changed its notebook more often than that keeps its first versions and its last one.
    const sequence = Math.min((latest?.sequence ?? 0) + 1, captureLimits.notebookVersions);
    insert.run(runId, sequence, digest, recordedAt);
    if (latest?.sequence === sequence) {
      dropUnused.run(latest.digest);
    }
  });
  return {
    record(runId, cells, recordedAt) {
      const text = JSON.stringify(bounded(cells));
      const digest = createHash('sha256').update(text).digest('hex');
      record(runId, digest, text, recordedAt);
      return digest;
    },
    at(runId, at) {
      const row = before.get(runId, at ?? Number.MAX_SAFE_INTEGER) ?? first.get(runId);
      return row === undefined ? undefined : { cells: z.array(notebookCell).parse(JSON.parse(row.cells)), recordedAt: row.recorded_at };
    },
  };
}
