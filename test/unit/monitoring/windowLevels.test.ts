import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { describe, it } from 'node:test';
import { addValue, emptyColumn, storeColumn, summarizeColumn, type Column } from '../../../server/monitoring/columns/column.ts';
import { gridFor } from '../../../server/monitoring/columns/numericColumn.ts';
import { packColumns, unpackColumns } from '../../../server/monitoring/columns/packedColumns.ts';
import { drawnValues, rankOf } from '../../../server/monitoring/columns/sample.ts';
import { emptyWindow } from '../../../server/monitoring/windows/accumulate.ts';
import { packOldColumns } from '../../../server/monitoring/windows/packOldColumns.ts';
import { createRollUp } from '../../../server/monitoring/windows/rollUp.ts';
import { createWindowTable } from '../../../server/monitoring/windows/windowTable.ts';
import { openDatabase } from '../../../server/platform/database/database.ts';
import { migrationsFolder, sqliteBinding } from '../../../server/platform/resources.ts';
import { windowDatabase } from './windowDatabase.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const start = Date.UTC(2026, 0, 5);
const release = 'r';

function columnOf(kind: 'numeric' | 'categorical', values: readonly unknown[], seed = 1): Column {
  const column = emptyColumn(kind, gridFor(0, 100, false));
  values.forEach((value, row) => addValue(column, value, rankOf(seed, row)));
  return column;
}

describe('packed columns', () => {
  const columns = [
    { role: 'feature', name: 'whole', column: columnOf('numeric', [1, -3, 100, null, 'x']) },
    { role: 'feature', name: 'large', column: columnOf('numeric', [70_000, -5]) },
    { role: 'feature', name: 'single', column: columnOf('numeric', [0.5, 1.25]) },
    { role: 'feature', name: 'double', column: columnOf('numeric', [0.1, -0, 1e300]) },
    { role: 'feature', name: '__proto__', column: columnOf('categorical', ['constructor', 'ü', 'ü', null]) },
    { role: 'feature', name: 'many', column: columnOf('categorical', Array.from({ length: 300 }, (_, index) => `v${index}`)) },
    { role: 'prediction', name: '', column: emptyColumn('numeric', undefined) },
  ] as const;
  const described = ({ role, name, column }: { readonly role: string; readonly name: string; readonly column: Column }): unknown => [
    role, name, summarizeColumn(column), column.kind === 'numeric' ? [[...drawnValues(column.sample)], [...column.sample.ranks.subarray(0, column.sample.size)], column.sample.of, column.sample.threshold] : column.hashes,
  ];

  it('are what they were, in any type of value', () => {
    assert.deepEqual(unpackColumns(packColumns(columns), 256).map(described), columns.map(described));
  });

  it('are read one by one', () => {
    assert.deepEqual(unpackColumns(packColumns(columns), 256, { role: 'feature', name: 'double' }).map(described), [columns[3]].map(described));
  });

  it('of a version that is not known are refused', () => {
    const packed = packColumns(columns);
    packed[0] = 9;
    assert.throws(() => unpackColumns(packed, 256), /are of version 9; this Slipway knows 1/);
  });
});

describe('windows of all lengths', () => {
  const { database, windows } = windowDatabase();

  /** One request with one value in each of the minutes. */
  const add = (endpoint: string, minutes: readonly number[]): void => {
    database.transaction(() => {
      for (const number of minutes) {
        const window = emptyWindow();
        window.requests = 1;
        window.rows = 1;
        window.latency.add(1000 * (1 + (number % 7)));
        window.features.set('age', columnOf('numeric', [number % 90], number));
        windows.add({ endpoint, release, at: start + number * minute, span: minute }, window);
      }
    })();
  };
  const seen = (endpoint: string, from: number, to: number, longest: number): { readonly requests: number; readonly latencies: number; readonly values: number; readonly mean: number } => {
    const rows = windows.traffic(endpoint, from, to, longest);
    const merged = columnOf('numeric', []);
    let values = 0;
    let sum = 0;
    for (const { column } of windows.columns({ endpoint, release, from, to, longest }, 'age')) {
      assert.ok(column.kind === 'numeric' && merged.kind === 'numeric');
      values += column.count;
      sum += column.mean * column.count;
    }
    return { requests: rows.reduce((all, row) => all + row.requests, 0), latencies: rows.reduce((all, row) => all + row.latency.count, 0), values, mean: Math.round(sum) };
  };
  const counts = (endpoint: string): unknown =>
    database.prepare('SELECT span, count(*) AS count FROM monitoring_windows JOIN monitoring_series ON id = series WHERE endpoint = ? GROUP BY span').raw().all(endpoint);
  const expected = (minutes: readonly number[], from: number, to: number): unknown => {
    const inside = minutes.filter((number) => start + number * minute >= from && start + number * minute < to);
    return { requests: inside.length, latencies: inside.length, values: inside.length, mean: inside.reduce((sum, number) => sum + (number % 90), 0) };
  };
  /** Three days, with gaps; one request a minute where there are some. */
  const minutes = Array.from({ length: 3 * 24 * 60 }, (_, number) => number).filter((number) => number % 11 < 7 && (number < 1500 || number > 1800));
  const spans = [[0, 3 * day], [minute, 3 * day - minute], [7 * minute, 2 * hour + 3 * minute], [5 * hour, day + 5 * hour], [23 * hour + 58 * minute, day + 2 * minute], [26 * hour, 29 * hour]] as const;
  const same = (endpoint: string, all: readonly number[], step: number): void => {
    for (const [from, to] of spans) {
      const [first, last] = [start + from - (from % step), start + Math.ceil(to / step) * step];
      for (const longest of [0, minute, 5 * minute, hour, day]) {
        assert.deepEqual(seen(endpoint, first, last, longest), expected(all, first, last), `${from} to ${to} by ${longest}`);
      }
    }
  };

  it('say the same of every span as its minutes, while they are there', () => {
    add('all', minutes);
    same('all', minutes, minute);
    createRollUp(database).make(0, start + 4 * day);
    assert.equal((counts('all') as number[][])[3]?.[1], 3);
    same('all', minutes, minute);
    assert.deepEqual(windows.traffic('all', start, start + 3 * day, day).map(({ span }) => span), [day, day, day]);
  });

  it('say the same of whole hours when the short ones are gone, and count what comes late once', () => {
    add('old', minutes);
    const rollUp = createRollUp(database);
    rollUp.make(0, start + 4 * day);
    rollUp.dropShort(start + 2 * day);
    same('old', minutes, hour);
    const late = [3, 1510, 2 * 24 * 60 + 4];
    add('old', late);
    same('old', [...minutes, ...late], hour);
    rollUp.make(0, start + 4 * day);
    rollUp.dropShort(start + 2 * day);
    same('old', [...minutes, ...late], hour);
    assert.equal(windows.lastAt('old'), start + (minutes.at(-1) ?? 0) * minute);
  });

  it('are not made before they have ended', () => {
    add('now', [0, 1, 6]);
    const rollUp = createRollUp(database);
    rollUp.make(0, start + 6 * minute);
    assert.deepEqual(counts('now'), [[minute, 3]]);
    rollUp.make(0, start + 8 * minute);
    assert.deepEqual(counts('now'), [[minute, 3], [5 * minute, 1]]);
    add('now', [2]);
    assert.deepEqual(windows.traffic('now', start, start + 10 * minute, day).map(({ span, requests }) => [span, requests]), [[5 * minute, 3], [minute, 1]]);
  });
});

describe('windows that were written as text', () => {
  it('keep every count and value, also a request that came days late', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'slipway-old-windows-'));
    const file = path.join(folder, 'slipway.db');
    const binding = sqliteBinding();
    const old = new SqliteDatabase(file, binding === undefined ? {} : { nativeBinding: binding });
    const first = readdirSync(migrationsFolder).filter((name) => /^00(?:[0-2]\d|3[01])-/.test(name)).sort();
    first.forEach((name) => old.exec(readFileSync(path.join(migrationsFolder, name), 'utf8')));
    old.pragma(`user_version = ${first.length}`);
    old.exec("INSERT INTO monitoring_series (id, endpoint, release) VALUES (1, 'churn', 'r')");
    const write = (at: number, span: number, values: readonly number[]): void => {
      old.prepare("INSERT INTO monitoring_windows (series, at, span, requests, client_errors, server_errors, rows, unread_bodies, latency) VALUES (1, ?, ?, ?, 1, 0, ?, 0, '{\"count\":1,\"max\":900,\"buckets\":[600,1]}')").run(at, span, values.length, values.length);
      for (const [role, name, column] of [['feature', 'age', columnOf('numeric', values)], ['feature', 'plan', columnOf('categorical', values)], ['prediction', '', columnOf('numeric', values)]] as const) {
        const { statistics, sample } = storeColumn(column);
        old.prepare('INSERT INTO monitoring_columns (series, at, span, role, name, statistics, sample) VALUES (1, ?, ?, ?, ?, ?, ?)').run(at, span, role, name, statistics, sample);
      }
    };
    write(start, hour, [1, 2, 3]);
    // Not merged yet with the hour that it belongs to.
    write(start + 5 * minute, minute, [4]);
    write(start + hour, minute, [5, 6]);
    old.close();

    const database = openDatabase(file);
    try {
      const windows = createWindowTable(database);
      await packOldColumns(database, windows, () => Promise.resolve());
      const told = (): unknown => ({
        traffic: windows.traffic('churn', start, start + day, hour).map(({ at, span, requests, clientErrors, latency }) => [at - start, span, requests, clientErrors, latency.count, latency.max]),
        columns: [...windows.columns({ endpoint: 'churn', release, from: start, to: start + day, longest: hour })].map(({ role, name, column }) => [role, name, column.count, column.kind === 'numeric' ? [...drawnValues(column.sample)] : [...column.values.keys()]]),
      });
      const hours = { traffic: [[0, hour, 4, 2, 2, 900], [hour, minute, 2, 1, 1, 900]], columns: [
        ['feature', 'age', 4, [1, 2, 3, 4]], ['feature', 'plan', 4, ['1', '2', '3', '4']], ['prediction', '', 4, [1, 2, 3, 4]],
        ['feature', 'age', 2, [5, 6]], ['feature', 'plan', 2, ['5', '6']], ['prediction', '', 2, [5, 6]],
      ] };
      assert.deepEqual(told(), hours);
      assert.deepEqual(database.prepare('SELECT count(*) FROM monitoring_text_columns').pluck().get(), 0);
      await packOldColumns(database, windows, () => Promise.resolve());
      assert.deepEqual(told(), hours);
    } finally {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
