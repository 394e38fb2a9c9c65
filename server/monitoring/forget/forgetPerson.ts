import type { Forgotten } from '../../contract/forget.ts';
import type { Database } from '../../platform/database/database.ts';
import type { ColumnSpec } from '../columns/columnSpec.ts';
import { forgetInWindows } from './forgetInWindows.ts';
import { findLines, overwrite, type PersonKey } from './logLines.ts';

export interface ForgetInput extends PersonKey {
  readonly endpoint: string;
  /** Input columns of the releases that are known. */
  readonly releases: Readonly<Record<string, readonly ColumnSpec[]>>;
}

/** What came of it, or the releases that have to be known before. */
export type ForgetAnswer = { readonly wanted: readonly string[] } | { readonly done: Forgotten };

/**
 * Erases a person by a key: labels, predictions and values in windows first, as the log is what they are found by, then the log. A crash in between leaves what a second call finds.
 * What is deleted of the database is written over, too.
 */
export async function forgetPerson(root: string, database: Database, { endpoint, column, value, releases }: ForgetInput): Promise<ForgetAnswer> {
  const found = await findLines(root, endpoint, { column, value }, releases);
  if (found.wanted.length > 0) {
    return { wanted: found.wanted };
  }
  database.pragma('secure_delete = ON');
  const counts = database.transaction(() => ({ ...forgetLabels(database, endpoint, { column, value }, found.requests), windows: forgetInWindows(database, endpoint, { column, value }) })).immediate();
  await overwrite(found.lines);
  database.pragma('wal_checkpoint(TRUNCATE)');
  return { done: { requests: found.requests.length, unread: found.unread, ...counts } };
}

/** Call inside a transaction. */
function forgetLabels(database: Database, endpoint: string, { column, value }: PersonKey, requests: readonly string[]): { readonly labels: number; readonly predictions: number } {
  const id = database.prepare<[string], { id: number }>('SELECT id FROM labelled_endpoints WHERE endpoint = ?').get(endpoint)?.id;
  if (id === undefined) {
    return { labels: 0, predictions: 0 };
  }
  const key = database.prepare<[number, string], { id: number }>('SELECT id FROM label_keys WHERE endpoint = ? AND name = ?').get(id, column)?.id ?? null;
  const byKey = database
    .prepare<[number | null, string], { request: string }>('SELECT DISTINCT p.request FROM predictions AS p JOIN prediction_keys AS k ON k.prediction = p.id WHERE k.label_key = ? AND k.value = ?')
    .all(key, value)
    .map(({ request }) => request);
  const all = JSON.stringify([...new Set([...requests, ...byKey])]);
  const labels = database
    .prepare<[number, string, number | null, string]>('DELETE FROM labels WHERE endpoint = ? AND ((label_key = 0 AND key IN (SELECT value FROM json_each(?))) OR (label_key = ? AND key = ?))')
    .run(id, all, key, value).changes;
  const predictions = database.prepare<[number, string]>('DELETE FROM predictions WHERE endpoint = ? AND request IN (SELECT value FROM json_each(?))').run(id, all).changes;
  return { labels, predictions };
}
