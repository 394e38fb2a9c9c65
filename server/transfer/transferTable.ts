import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { transfer as transferSchema, transferReport, type Transfer, type TransferDirection, type TransferPhase, type TransferReport } from '../contract/transfer.ts';
import { Problem } from '../platform/errors.ts';
import type { Database } from '../platform/database/database.ts';
import { noCounts } from './carry/findings.ts';

export type ItemKind = 'experiment' | 'run' | 'model';

/** How far one thing has come. */
export interface TransferItem {
  readonly targetId: string;
  readonly uri: string;
  readonly points: number;
  readonly done: boolean;
}

/** What one transfer has carried; a killed one goes on from here. */
export interface TransferItems {
  find(kind: ItemKind, sourceId: string): TransferItem | undefined;
  put(kind: ItemKind, sourceId: string, targetId: string, uri: string): void;
  setPoints(sourceId: string, points: number): void;
  setDone(kind: ItemKind, sourceId: string): void;
}

interface Row {
  readonly id: string;
  readonly direction: TransferDirection;
  readonly location: string;
  readonly state: string;
  readonly phase: string;
  readonly message: string;
  readonly started_at: number;
  readonly ended_at: number | null;
  readonly progress: string;
  readonly report: string | null;
}

/** Transfers, one for each store that was ever imported from or exported to. */
export interface TransferTable {
  list(): Transfer[];
  /** @throws Problem `not-found` */
  find(id: string): Transfer;
  /** The transfer of a location in a direction, if there ever was one. */
  ofLocation(direction: TransferDirection, location: string): Transfer | undefined;
  /** Begins anew or, after one that did not come to its end, goes on; the ids of what was carried before are kept. */
  begin(direction: TransferDirection, location: string): Transfer;
  progress(id: string, phase: TransferPhase, message: string, progress: Transfer['progress']): void;
  end(id: string, state: Transfer['state'], message: string, report: TransferReport | undefined): void;
  /** What was running when the process ended. */
  interruptAll(): void;
  items(id: string): TransferItems;
}

function toTransfer(row: Row): Transfer {
  return transferSchema.parse({
    id: row.id,
    direction: row.direction,
    location: row.location,
    state: row.state,
    phase: row.phase,
    message: row.message,
    startedAt: row.started_at,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    progress: transferSchema.shape.progress.parse(JSON.parse(row.progress)),
    ...(row.report === null ? {} : { report: transferReport.parse(JSON.parse(row.report)) }),
  });
}

const finished = z.enum(['succeeded', 'incomplete']);

export function createTransferTable(database: Database, now: () => number = Date.now): TransferTable {
  const columns = 'id, direction, location, state, phase, message, started_at, ended_at, progress, report';
  const all = database.prepare<[], Row>(`SELECT ${columns} FROM transfers ORDER BY started_at DESC`);
  const one = database.prepare<[string], Row>(`SELECT ${columns} FROM transfers WHERE id = ?`);
  const ofLocation = database.prepare<[string, string], Row>(`SELECT ${columns} FROM transfers WHERE direction = ? AND location = ?`);
  const insert = database.prepare<[string, string, string, number, string]>(
    `INSERT INTO transfers (id, direction, location, state, phase, message, started_at, progress) VALUES (?, ?, ?, 'running', 'start', '', ?, ?)`,
  );
  const restart = database.prepare<[number, string, string]>(
    `UPDATE transfers SET state = 'running', phase = 'start', message = '', started_at = ?, ended_at = NULL, progress = ?, report = NULL WHERE id = ?`,
  );
  const lookAgain = database.prepare<[string]>('UPDATE transfer_items SET done = 0, points = 0 WHERE transfer = ?');
  const setProgress = database.prepare<[string, string, string, string]>('UPDATE transfers SET phase = ?, message = ?, progress = ? WHERE id = ?');
  const end = database.prepare<[string, string, string | null, number, string]>(
    `UPDATE transfers SET state = ?, phase = 'end', message = ?, report = ?, ended_at = ? WHERE id = ?`,
  );
  const interrupt = database.prepare<[number]>(
    `UPDATE transfers SET state = 'interrupted', message = 'The companion ended; start it again to go on.', ended_at = ? WHERE state = 'running'`,
  );
  const findItem = database.prepare<[string, string, string], { target_id: string; uri: string; points: number; done: number }>(
    'SELECT target_id, uri, points, done FROM transfer_items WHERE transfer = ? AND kind = ? AND source_id = ?',
  );
  const putItem = database.prepare<[string, string, string, string, string]>(
    `INSERT INTO transfer_items (transfer, kind, source_id, target_id, uri) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET target_id = excluded.target_id, uri = excluded.uri`,
  );
  const setPoints = database.prepare<[number, string, string]>(`UPDATE transfer_items SET points = ? WHERE transfer = ? AND kind = 'run' AND source_id = ?`);
  const setDone = database.prepare<[string, string, string]>('UPDATE transfer_items SET done = 1 WHERE transfer = ? AND kind = ? AND source_id = ?');

  const find = (id: string): Transfer => {
    const row = one.get(id);
    if (row === undefined) {
      throw new Problem('not-found', `There is no transfer ${id}.`, { field: 'id', remedy: 'List them with "slipway transfers".' });
    }
    return toTransfer(row);
  };
  const begin = database.transaction((direction: TransferDirection, location: string): string => {
    const progress = JSON.stringify({ runs: 0, added: noCounts() });
    const before = ofLocation.get(direction, location);
    if (before === undefined) {
      const id = randomUUID();
      insert.run(id, direction, location, now(), progress);
      return id;
    }
    if (before.state === 'running') {
      throw new Problem('conflict', `This ${direction} runs already.`, { field: 'location', remedy: `Cancel it first, or wait for transfer ${before.id}.` });
    }
    if (finished.safeParse(before.state).success) {
      lookAgain.run(before.id);
    }
    restart.run(now(), progress, before.id);
    return before.id;
  });

  return {
    list: () => all.all().map(toTransfer),
    find,
    ofLocation(direction, location) {
      const row = ofLocation.get(direction, location);
      return row === undefined ? undefined : toTransfer(row);
    },
    begin: (direction, location) => find(begin(direction, location)),
    progress: (id, phase, message, progress) => void setProgress.run(phase, message, JSON.stringify(progress), id),
    end: (id, state, message, report) => void end.run(state, message, report === undefined ? null : JSON.stringify(report), now(), id),
    interruptAll: () => void interrupt.run(now()),
    items: (id) => ({
      find(kind, sourceId) {
        const row = findItem.get(id, kind, sourceId);
        return row === undefined ? undefined : { targetId: row.target_id, uri: row.uri, points: row.points, done: row.done === 1 };
      },
      put: (kind, sourceId, targetId, uri) => void putItem.run(id, kind, sourceId, targetId, uri),
      setPoints: (sourceId, points) => void setPoints.run(points, id, sourceId),
      setDone: (kind, sourceId) => void setDone.run(id, kind, sourceId),
    }),
  };
}
