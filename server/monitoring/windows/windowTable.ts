import { LatencySketch, storedSketch } from '../../gateway/latencySketch.ts';
import type { Database } from '../../platform/database/database.ts';
import type { WindowStatistics } from './accumulate.ts';
import { emptyColumn, mergeColumn, readColumn, storeColumn, windowSample, type Column, type StoredColumn } from '../columns/column.ts';
import { addLost, type Lost } from './lostRequests.ts';

/** Where a window belongs: a release at an endpoint (empty: requests that no release got), its start and length in milliseconds. */
export interface WindowKey {
  readonly endpoint: string;
  readonly release: string;
  readonly at: number;
  readonly span: number;
}

/** A window without its columns. */
export interface TrafficRow {
  readonly release: string;
  readonly at: number;
  readonly span: number;
  readonly requests: number;
  readonly clientErrors: number;
  readonly serverErrors: number;
  readonly rows: number;
  readonly unreadBodies: number;
  readonly lost: Lost;
  readonly latency: LatencySketch;
}

export interface ColumnRow {
  readonly role: 'feature' | 'prediction';
  readonly name: string;
  readonly at: number;
  readonly span: number;
  readonly column: Column;
}

/** The tables of windows. */
export interface WindowTable {
  /** Adds to a window; call inside a transaction. */
  add(key: WindowKey, window: WindowStatistics): void;
  /** Windows that begin in [from, to), in order of time. */
  traffic(endpoint: string, from: number, to: number): TrafficRow[];
  /** Beginning of the last window of an endpoint; null where there is none. */
  lastAt(endpoint: string): number | null;
  /** Columns of the windows that begin in [from, to), in order of time, with what was drawn from them: all, or one feature. */
  columns(endpoint: string, release: string, from: number, to: number, feature?: string): IterableIterator<ColumnRow>;
  /** Answers of a release in windows that begin before a time, the earliest first. */
  predictions(endpoint: string, release: string, before: number): IterableIterator<Column>;
  /** Merges the windows that began before a time into longer ones. */
  lengthen(before: number, span: number): void;
}

/** Values that are drawn from a column of a longer window, at most. */
const longWindowSample = 1000;
const hourMilliseconds = 3_600_000;

/** How many values are drawn from a column of a window of this length, at most. */
export function sampleLimit(span: number): number {
  return span < hourMilliseconds ? windowSample : longWindowSample;
}

interface StoredWindow {
  readonly requests: number;
  readonly clientErrors: number;
  readonly serverErrors: number;
  readonly rows: number;
  readonly unreadBodies: number;
  readonly lost: number;
  readonly lostFrom: number | null;
  readonly lostTo: number | null;
  readonly latency: string;
}

const names =
  'requests, client_errors AS clientErrors, server_errors AS serverErrors, rows, unread_bodies AS unreadBodies, lost, lost_from AS lostFrom, lost_to AS lostTo, latency';

function trafficOf({ lost, lostFrom, lostTo, latency, ...counts }: StoredWindow): Omit<TrafficRow, 'release' | 'at' | 'span'> {
  return {
    ...counts,
    lost: lostFrom === null || lostTo === null ? null : { requests: lost, from: lostFrom, to: lostTo },
    latency: LatencySketch.of(storedSketch.parse(JSON.parse(latency))),
  };
}

export function createWindowTable(database: Database): WindowTable {
  const findSeries = database.prepare<[string, string], { id: number }>('SELECT id FROM monitoring_series WHERE endpoint = ? AND release = ?');
  const addSeries = database.prepare<[string, string]>('INSERT INTO monitoring_series (endpoint, release) VALUES (?, ?)');
  const findWindow = database.prepare<[number, number, number], StoredWindow>(`SELECT ${names} FROM monitoring_windows WHERE series = ? AND at = ? AND span = ?`);
  const putWindow = database.prepare<[number, number, number, number, number, number, number, number, number, number | null, number | null, string]>(
    `INSERT OR REPLACE INTO monitoring_windows (series, at, span, requests, client_errors, server_errors, rows, unread_bodies, lost, lost_from, lost_to, latency)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const findColumns = database.prepare<[number, number, number], StoredColumn & { role: 'feature' | 'prediction'; name: string }>(
    'SELECT role, name, statistics, sample FROM monitoring_columns WHERE series = ? AND at = ? AND span = ?',
  );
  const putColumn = database.prepare<[number, number, number, string, string, string, Uint8Array | null]>(
    'INSERT OR REPLACE INTO monitoring_columns (series, at, span, role, name, statistics, sample) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const windowsBetween = database.prepare<[string, number, number], StoredWindow & { release: string; at: number; span: number }>(
    `SELECT release, at, span, ${names} FROM monitoring_windows JOIN monitoring_series ON id = series WHERE endpoint = ? AND at >= ? AND at < ? ORDER BY at`,
  );
  const lastWindow = database.prepare<[string], { at: number | null }>(
    'SELECT max((SELECT max(at) FROM monitoring_windows WHERE series = id)) AS at FROM monitoring_series WHERE endpoint = ?',
  );
  const columnsBetween = database.prepare<[string, string, number, number], StoredColumn & { role: 'feature' | 'prediction'; name: string; at: number; span: number }>(
    'SELECT role, name, at, span, statistics, sample FROM monitoring_columns JOIN monitoring_series ON id = series WHERE endpoint = ? AND release = ? AND at >= ? AND at < ? ORDER BY at',
  );
  const predictionsBefore = database.prepare<[string, string, number], StoredColumn & { span: number }>(
    `SELECT span, statistics, sample FROM monitoring_columns JOIN monitoring_series ON id = series
     WHERE endpoint = ? AND release = ? AND at < ? AND role = 'prediction' ORDER BY at`,
  );
  const shorter = database.prepare<[number, number], { series: number; endpoint: string; release: string; at: number; span: number }>(
    `SELECT series, endpoint, release, at, span FROM monitoring_windows JOIN monitoring_series ON id = series
     WHERE at < ? AND span < ? ORDER BY series, at LIMIT 2000`,
  );
  const dropWindow = database.prepare<[number, number, number]>('DELETE FROM monitoring_windows WHERE series = ? AND at = ? AND span = ?');
  const dropColumns = database.prepare<[number, number, number]>('DELETE FROM monitoring_columns WHERE series = ? AND at = ? AND span = ?');

  const seriesOf = (endpoint: string, release: string): number => findSeries.get(endpoint, release)?.id ?? Number(addSeries.run(endpoint, release).lastInsertRowid);

  const read = (series: number, at: number, span: number): WindowStatistics | undefined => {
    const stored = findWindow.get(series, at, span);
    if (stored === undefined) {
      return undefined;
    }
    const window: WindowStatistics = { ...trafficOf(stored), features: new Map(), prediction: undefined };
    for (const { role, name, ...stored } of findColumns.all(series, at, span)) {
      const column = readColumn(stored, sampleLimit(span));
      if (role === 'feature') {
        window.features.set(name, column);
      } else {
        window.prediction = column;
      }
    }
    return window;
  };

  const write = (series: number, at: number, span: number, window: WindowStatistics): void => {
    const { requests, clientErrors, serverErrors, rows, unreadBodies, lost, latency, features, prediction } = window;
    const putStored = (role: ColumnRow['role'], name: string, column: Column): void => {
      const { statistics, sample } = storeColumn(column);
      putColumn.run(series, at, span, role, name, statistics, sample);
    };
    putWindow.run(series, at, span, requests, clientErrors, serverErrors, rows, unreadBodies, lost?.requests ?? 0, lost?.from ?? null, lost?.to ?? null, JSON.stringify(latency.store()));
    for (const [name, column] of features) {
      putStored('feature', name, column);
    }
    if (prediction !== undefined) {
      putStored('prediction', '', prediction);
    }
  };

  const add = ({ endpoint, release, at, span }: WindowKey, window: WindowStatistics): void => {
    const series = seriesOf(endpoint, release);
    const before = read(series, at, span);
    if (before === undefined) {
      write(series, at, span, window);
    } else {
      mergeWindow(before, window);
      write(series, at, span, before);
    }
  };

  return {
    add,
    traffic: (endpoint, from, to) => windowsBetween.all(endpoint, from, to).map(({ release, at, span, ...stored }) => ({ release, at, span, ...trafficOf(stored) })),
    lastAt: (endpoint) => lastWindow.get(endpoint)?.at ?? null,
    *columns(endpoint, release, from, to, feature) {
      for (const { role, name, at, span, ...stored } of columnsBetween.iterate(endpoint, release, from, to)) {
        if (feature === undefined || (role === 'feature' && name === feature)) {
          yield { role, name, at, span, column: readColumn(stored, sampleLimit(span)) };
        }
      }
    },
    *predictions(endpoint, release, before) {
      for (const { span, ...stored } of predictionsBefore.iterate(endpoint, release, before)) {
        yield readColumn(stored, sampleLimit(span));
      }
    },
    lengthen(before, span) {
      for (;;) {
        const windows = shorter.all(before, span);
        if (windows.length === 0) {
          return;
        }
        database
          .transaction(() => {
            for (const { series, endpoint, release, at, span: short } of windows) {
              const window = read(series, at, short);
              if (window !== undefined) {
                dropWindow.run(series, at, short);
                dropColumns.run(series, at, short);
                add({ endpoint, release, at: at - (at % span), span }, window);
              }
            }
          })
          .immediate();
      }
    },
  };
}

/** Adds another window's statistics. */
export function mergeWindow(into: WindowStatistics, other: WindowStatistics): void {
  into.requests += other.requests;
  into.clientErrors += other.clientErrors;
  into.serverErrors += other.serverErrors;
  into.rows += other.rows;
  into.unreadBodies += other.unreadBodies;
  into.lost = addLost(into.lost, other.lost);
  into.latency.addStored(other.latency.store());
  for (const [name, column] of other.features) {
    const known = into.features.get(name);
    if (known === undefined) {
      into.features.set(name, column);
    } else {
      mergeColumn(known, column);
    }
  }
  if (other.prediction !== undefined) {
    into.prediction ??= other.prediction.kind === 'numeric' ? emptyColumn('numeric', other.prediction.histogram?.grid, other.prediction.sample.limit) : emptyColumn('categorical', undefined);
    mergeColumn(into.prediction, other.prediction);
  }
}

