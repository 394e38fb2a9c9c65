import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { createWindowTable, type WindowTable } from '../../../server/monitoring/windows/windowTable.ts';
import { openDatabase, type Database } from '../../../server/platform/database/database.ts';

/** An empty database with its windows, for the tests of the `describe` in whose body it is called. */
export function windowDatabase(): { readonly database: Database; readonly windows: WindowTable } {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-windows-'));
  const database = openDatabase(path.join(folder, 'slipway.db'));
  after(() => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { database, windows: createWindowTable(database) };
}
