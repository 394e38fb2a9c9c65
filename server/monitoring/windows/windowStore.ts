import type { LatencySketch } from '../../gateway/latencySketch.ts';
import type { Database } from '../../platform/database/database.ts';
import { packColumns, unpackColumns, type NamedColumn } from '../columns/packedColumns.ts';
import type { WindowStatistics } from './accumulate.ts';
import { levelBelow, sampleLimit } from './levels.ts';
import type { Lost } from './lostRequests.ts';
import { packLatency, unpackLatency } from './packedLatency.ts';

/** A window by its series (a release at an endpoint), length and start in milliseconds. */
export interface StoredKey {
  readonly series: number;
  readonly span: number;
  readonly at: number;
}

/** The rows of a window as SQLite has them. */
export interface StoredWindow {
  readonly requests: number;
  readonly clientErrors: number;
  readonly serverErrors: number;
  readonly rows: number;
  readonly unreadBodies: number;
  readonly lost: number;
  readonly lostFrom: number | null;
  readonly lostTo: number | null;
  readonly latency: Uint8Array | string;
}

/** The columns of a query that {@link statisticsOf} takes. */
export const windowColumns =
  'requests, client_errors AS clientErrors, server_errors AS serverErrors, rows, unread_bodies AS unreadBodies, lost, lost_from AS lostFrom, lost_to AS lostTo, latency';

/** A window without its columns. */
export interface WindowCounts {
  readonly requests: number;
  readonly clientErrors: number;
  readonly serverErrors: number;
  readonly rows: number;
  readonly unreadBodies: number;
  readonly lost: Lost;
  readonly latency: LatencySketch;
}

export function countsOf({ lost, lostFrom, lostTo, latency, ...counts }: StoredWindow): WindowCounts {
  return { ...counts, lost: lostFrom === null || lostTo === null ? null : { requests: lost, from: lostFrom, to: lostTo }, latency: unpackLatency(latency) };
}

/** Windows one by one. */
export interface WindowStore {
  has(key: StoredKey): boolean;
  /** Whether there are windows of the next shorter level in it. */
  hasShorter(key: StoredKey): boolean;
  /** Undefined where there is none. */
  read(key: StoredKey): WindowStatistics | undefined;
  /** All columns of a window, or one. */
  columns(key: StoredKey, only?: Pick<NamedColumn, 'role' | 'name'>): NamedColumn[];
  /** In the place of what was there. */
  write(key: StoredKey, window: WindowStatistics): void;
  writeColumns(key: StoredKey, columns: readonly NamedColumn[]): void;
  drop(key: StoredKey): void;
}

export function createWindowStore(database: Database): WindowStore {
  const find = database.prepare<StoredKey, StoredWindow>(`SELECT ${windowColumns} FROM monitoring_windows WHERE series = @series AND span = @span AND at = @at`);
  const exists = database.prepare<StoredKey>('SELECT 1 FROM monitoring_windows WHERE series = @series AND span = @span AND at = @at').pluck();
  const within = database.prepare<StoredKey & { to: number }>('SELECT 1 FROM monitoring_windows WHERE series = @series AND span = @span AND at >= @at AND at < @to LIMIT 1').pluck();
  const put = database.prepare<StoredKey & Omit<StoredWindow, 'latency'> & { latency: Uint8Array }>(
    `INSERT OR REPLACE INTO monitoring_windows (series, span, at, requests, client_errors, server_errors, rows, unread_bodies, lost, lost_from, lost_to, latency)
     VALUES (@series, @span, @at, @requests, @clientErrors, @serverErrors, @rows, @unreadBodies, @lost, @lostFrom, @lostTo, @latency)`,
  );
  const findColumns = database.prepare<StoredKey, { columns: Uint8Array }>('SELECT columns FROM monitoring_window_columns WHERE series = @series AND span = @span AND at = @at');
  const putColumns = database.prepare<StoredKey & { columns: Uint8Array }>(
    'INSERT INTO monitoring_window_columns (series, span, at, columns) VALUES (@series, @span, @at, @columns) ON CONFLICT DO UPDATE SET columns = excluded.columns',
  );
  const drops = ['monitoring_windows', 'monitoring_window_columns'].map((table) => database.prepare<StoredKey>(`DELETE FROM ${table} WHERE series = @series AND span = @span AND at = @at`));

  const columns: WindowStore['columns'] = (key, only) => {
    const stored = findColumns.get(key);
    return stored === undefined ? [] : unpackColumns(stored.columns, sampleLimit(key.span), only);
  };
  const writeColumns: WindowStore['writeColumns'] = (key, all) => {
    putColumns.run({ ...key, columns: packColumns(all) });
  };

  return {
    has: (key) => exists.get(key) !== undefined,
    hasShorter({ series, span, at }) {
      const shorter = levelBelow(span);
      return shorter !== undefined && within.get({ series, span: shorter, at, to: at + span }) !== undefined;
    },
    columns,
    read(key) {
      const stored = find.get(key);
      if (stored === undefined) {
        return undefined;
      }
      const window: WindowStatistics = { ...countsOf(stored), features: new Map(), prediction: undefined };
      for (const { role, name, column } of columns(key)) {
        if (role === 'feature') {
          window.features.set(name, column);
        } else {
          window.prediction = column;
        }
      }
      return window;
    },
    write(key, { features, prediction, latency, lost, requests, clientErrors, serverErrors, rows, unreadBodies }) {
      put.run({
        ...key, requests, clientErrors, serverErrors, rows, unreadBodies, lost: lost?.requests ?? 0, lostFrom: lost?.from ?? null, lostTo: lost?.to ?? null, latency: packLatency(latency),
      });
      const named: NamedColumn[] = [...features].map(([name, column]) => ({ role: 'feature', name, column }));
      if (prediction !== undefined) {
        named.push({ role: 'prediction', name: '', column: prediction });
      }
      if (named.length > 0) {
        writeColumns(key, named);
      }
    },
    writeColumns,
    drop(key) {
      drops.forEach((statement) => statement.run(key));
    },
  };
}
