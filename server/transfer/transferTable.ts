import { randomUUID } from 'node:crypto';
import { transferDirection, transferReport, type TransferDirection, type TransferReport } from '../contract/transfer.ts';
import type { Database } from '../platform/database/database.ts';

/** A store that was imported from or exported to. How its last transfer goes on, or ended, is told by a job. */
export interface TransferRecord {
  readonly id: string;
  readonly direction: TransferDirection;
  /** Without credentials. */
  readonly location: string;
  /** Of the last transfer, once it has come to its end. */
  readonly report: TransferReport | undefined;
}

export interface TransferTable {
  list(): TransferRecord[];
  find(id: string): TransferRecord | undefined;
  ofLocation(direction: TransferDirection, location: string): TransferRecord | undefined;
  add(direction: TransferDirection, location: string): TransferRecord;
  /** A transfer begins again: it has no report yet. @param fromStart whether it looks again at what was carried; the ids of that are kept */
  restart(id: string, fromStart: boolean): void;
  setReport(id: string, report: TransferReport): void;
}

interface Row {
  readonly id: string;
  readonly direction: string;
  readonly location: string;
  readonly report: string | null;
}

function toRecord({ id, direction, location, report }: Row): TransferRecord {
  return { id, direction: transferDirection.parse(direction), location, report: report === null ? undefined : transferReport.parse(JSON.parse(report)) };
}

export function createTransferTable(database: Database): TransferTable {
  const all = database.prepare<[], Row>('SELECT id, direction, location, report FROM transfers');
  const one = database.prepare<[string], Row>('SELECT id, direction, location, report FROM transfers WHERE id = ?');
  const ofLocation = database.prepare<[string, string], Row>('SELECT id, direction, location, report FROM transfers WHERE direction = ? AND location = ?');
  const insert = database.prepare<[string, string, string]>('INSERT INTO transfers (id, direction, location) VALUES (?, ?, ?)');
  const setReport = database.prepare<[string | null, string]>('UPDATE transfers SET report = ? WHERE id = ?');
  const lookAgain = database.prepare<[string]>('UPDATE transfer_items SET done = 0, points = 0 WHERE transfer = ?');
  const orUndefined = (row: Row | undefined): TransferRecord | undefined => (row === undefined ? undefined : toRecord(row));
  return {
    list: () => all.all().map(toRecord),
    find: (id) => orUndefined(one.get(id)),
    ofLocation: (direction, location) => orUndefined(ofLocation.get(direction, location)),
    add(direction, location) {
      const id = randomUUID();
      insert.run(id, direction, location);
      return { id, direction, location, report: undefined };
    },
    restart(id, fromStart) {
      setReport.run(null, id);
      if (fromStart) {
        lookAgain.run(id);
      }
    },
    setReport: (id, report) => void setReport.run(JSON.stringify(report), id),
  };
}
