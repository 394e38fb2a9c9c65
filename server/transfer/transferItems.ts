import type { Database } from '../platform/database/database.ts';

export type ItemKind = 'experiment' | 'run' | 'model';

/** How far one thing has come. */
export interface TransferItem {
  readonly targetId: string;
  readonly uri: string;
  readonly points: number;
  readonly done: boolean;
}

/** What one transfer has carried; one that did not come to its end goes on from here. */
export interface TransferItems {
  find(kind: ItemKind, sourceId: string): TransferItem | undefined;
  put(kind: ItemKind, sourceId: string, targetId: string, uri: string): void;
  setPoints(sourceId: string, points: number): void;
  setDone(kind: ItemKind, sourceId: string): void;
}

/** @param transfer the id of the transfer */
export function createTransferItems(database: Database, transfer: string): TransferItems {
  const find = database.prepare<[string, string, string], { target_id: string; uri: string; points: number; done: number }>(
    'SELECT target_id, uri, points, done FROM transfer_items WHERE transfer = ? AND kind = ? AND source_id = ?',
  );
  const put = database.prepare<[string, string, string, string, string]>(
    `INSERT INTO transfer_items (transfer, kind, source_id, target_id, uri) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET target_id = excluded.target_id, uri = excluded.uri`,
  );
  const setPoints = database.prepare<[number, string, string]>(`UPDATE transfer_items SET points = ? WHERE transfer = ? AND kind = 'run' AND source_id = ?`);
  const setDone = database.prepare<[string, string, string]>('UPDATE transfer_items SET done = 1 WHERE transfer = ? AND kind = ? AND source_id = ?');
  return {
    find(kind, sourceId) {
      const row = find.get(transfer, kind, sourceId);
      return row === undefined ? undefined : { targetId: row.target_id, uri: row.uri, points: row.points, done: row.done === 1 };
    },
    put: (kind, sourceId, targetId, uri) => void put.run(transfer, kind, sourceId, targetId, uri),
    setPoints: (sourceId, points) => void setPoints.run(points, transfer, sourceId),
    setDone: (kind, sourceId) => void setDone.run(transfer, kind, sourceId),
  };
}
