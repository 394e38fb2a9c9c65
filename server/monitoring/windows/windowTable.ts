import type { Database } from '../../platform/database/database.ts';
import type { Column } from '../columns/column.ts';
import type { NamedColumn } from '../columns/packedColumns.ts';
import type { WindowStatistics } from './accumulate.ts';
import { levelBelow, levels, startOf } from './levels.ts';
import { mergeWindow } from './mergeWindow.ts';
import { countsOf, createWindowStore, windowColumns, type StoredKey, type StoredWindow, type WindowCounts } from './windowStore.ts';

/** Where a window belongs: a release at an endpoint (empty: requests that no release got), its start and length in milliseconds. */
export interface WindowKey {
  readonly endpoint: string;
  readonly release: string;
  readonly at: number;
  readonly span: number;
}

/** A window without its columns. */
export interface TrafficRow extends WindowCounts {
  readonly release: string;
  readonly at: number;
  readonly span: number;
}

export interface ColumnRow extends NamedColumn {
  readonly at: number;
  readonly span: number;
}

/** Which windows of a release are read. */
export interface ColumnsQuery {
  readonly endpoint: string;
  readonly release: string;
  readonly from: number;
  readonly to: number;
  /** In milliseconds. */
  readonly longest: number;
}

/** The tables of windows. Those of a release at an endpoint are of several lengths over the same traffic; reading takes each request once. */
export interface WindowTable {
  /** Adds to a window, and to the longer ones over it; call inside a transaction. */
  add(key: WindowKey, window: WindowStatistics): void;
  /**
   * Windows that begin in [from, to), in order of time: the longest ones of up to `longest` milliseconds that end in it as well, and where there are no
   * shorter ones any more the shortest there are.
   */
  traffic(endpoint: string, from: number, to: number, longest?: number): TrafficRow[];
  /** Beginning of the last window of an endpoint; null where there is none. */
  lastAt(endpoint: string): number | null;
  /** Columns of such windows of a release, in order of time, with what was drawn from them: all, or one feature. */
  columns(query: ColumnsQuery, feature?: string): IterableIterator<ColumnRow>;
  /** Answers of a release in windows of up to an hour that begin before a time, the earliest first. */
  predictions(endpoint: string, release: string, before: number): IterableIterator<Column>;
}

const hourMilliseconds = 3_600_000;

interface LevelQuery {
  readonly endpoint: string;
  readonly from: number;
  readonly to: number;
  readonly span: number;
  readonly shorter: number;
  readonly longest: number;
}

/** Of one level, what {@link WindowTable.traffic} takes: windows that fit or that have no shorter ones, under none that is taken. */
function levelSql(selected: string, span: number): string {
  const above = levels.filter((level) => level > span);
  const underLonger = above.map(
    (level) => `AND NOT (${level} <= @longest AND EXISTS (SELECT 1 FROM monitoring_windows AS p
       WHERE p.series = w.series AND p.span = ${level} AND p.at = w.at - w.at % ${level} AND p.at >= @from AND p.at + ${level} <= @to))`,
  );
  return `SELECT ${selected} FROM monitoring_series JOIN monitoring_windows AS w ON w.series = id
    WHERE endpoint = @endpoint AND w.span = @span AND w.at >= @from AND w.at < @to ${underLonger.join(' ')}
    AND ((@span <= @longest AND w.at + @span <= @to)
      OR NOT EXISTS (SELECT 1 FROM monitoring_windows AS c WHERE c.series = w.series AND c.span = @shorter AND c.at >= w.at AND c.at < w.at + @span))`;
}

export function createWindowTable(database: Database): WindowTable {
  const store = createWindowStore(database);
  const findSeries = database.prepare<[string, string], { id: number }>('SELECT id FROM monitoring_series WHERE endpoint = ? AND release = ?');
  const addSeries = database.prepare<[string, string]>('INSERT INTO monitoring_series (endpoint, release) VALUES (?, ?)');
  const trafficOfLevel = levels.map((span) => database.prepare<LevelQuery, StoredWindow & { release: string; at: number; span: number }>(levelSql(`release, at, span, ${windowColumns}`, span)));
  const keysOfLevel = levels.map((span) => database.prepare<LevelQuery & { release: string }, StoredKey>(`${levelSql('series, span, at', span)} AND release = @release`));
  const lastWindow = database.prepare<{ endpoint: string; span: number }, { at: number | null }>(
    'SELECT max((SELECT max(at) FROM monitoring_windows WHERE series = id AND span = @span)) AS at FROM monitoring_series WHERE endpoint = @endpoint',
  );

  const queries = (endpoint: string, from: number, to: number, longest: number): LevelQuery[] => levels.map((span) => ({ endpoint, from, to, span, shorter: levelBelow(span) ?? 0, longest }));
  const keys = ({ endpoint, release, from, to, longest }: ColumnsQuery): StoredKey[] =>
    queries(endpoint, from, to, longest)
      .flatMap((query, level) => keysOfLevel[level]?.all({ ...query, release }) ?? [])
      .sort((a, b) => a.at - b.at);

  return {
    add({ endpoint, release, at, span }, window) {
      const series = findSeries.get(endpoint, release)?.id ?? Number(addSeries.run(endpoint, release).lastInsertRowid);
      const own = { series, span, at };
      const longer = levels.filter((level) => level > span).map((level) => ({ series, span: level, at: startOf(at, level) })).filter((key) => store.has(key));
      // What comes late, after the short windows are gone, is added to the shortest that is still there.
      const last = longer.findLastIndex((key) => !store.hasShorter(key));
      for (const key of last < 0 ? [own, ...longer] : longer.slice(last)) {
        const before = store.read(key);
        store.write(key, before === undefined ? window : mergeWindow(before, window, key.span));
      }
    },
    traffic: (endpoint, from, to, longest = 0) =>
      queries(endpoint, from, to, longest)
        .flatMap((query, level) => trafficOfLevel[level]?.all(query) ?? [])
        .sort((a, b) => a.at - b.at)
        .map(({ release, at, span, ...stored }) => ({ release, at, span, ...countsOf(stored) })),
    lastAt(endpoint) {
      const found = levels.flatMap((span) => lastWindow.get({ endpoint, span })?.at ?? []);
      return found.length === 0 ? null : Math.max(...found);
    },
    *columns(query, feature) {
      for (const key of keys(query)) {
        for (const column of store.columns(key, feature === undefined ? undefined : { role: 'feature', name: feature })) {
          yield { ...column, at: key.at, span: key.span };
        }
      }
    },
    *predictions(endpoint, release, before) {
      for (const key of keys({ endpoint, release, from: 0, to: before, longest: hourMilliseconds })) {
        for (const { column } of store.columns(key, { role: 'prediction', name: '' })) {
          yield column;
        }
      }
    },
  };
}
