import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, it } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import { statusOfReason, toProblem } from '../../../server/platform/errors.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'slipway-errors-'));
after(() => rmSync(folder, { recursive: true, force: true }));

it('damage of a database that is met while it is used has a remedy, and a status that no client tries again for minutes', () => {
  const file = path.join(folder, 'garbage.db');
  writeFileSync(file, 'no database '.repeat(1000));
  const database = new SqliteDatabase(file);
  let thrown: unknown;
  try {
    database.pragma('user_version');
  } catch (error) {
    thrown = error;
  }
  database.close();
  const problem = toProblem(thrown);
  assert.match(problem.message, /A database is damaged: file is not a database/);
  assert.match(problem.remedy ?? '', /slipway doctor/);
  assert.equal(statusOfReason[problem.reason], 424);
});
