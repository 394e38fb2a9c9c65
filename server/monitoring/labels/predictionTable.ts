import type { Database } from '../../platform/database/database.ts';
import type { EndpointId } from './labelTable.ts';
import type { LabelOfRow } from './labelOfRow.ts';
import type { LabelValue } from './labelValue.ts';

/** One predicted row of the inference log. */
export interface PredictedRow {
  readonly request: string;
  readonly row: number;
  readonly at: number;
  readonly release: string;
  readonly prediction: LabelValue | null;
  readonly score: number | null;
  /** Its values in the key columns, by their ids. */
  readonly keys: readonly (readonly [key: number, value: string])[];
}

/** A prediction and, where there is one, its label. */
export interface JoinedRow {
  readonly at: number;
  readonly release: string;
  readonly prediction: LabelValue | null;
  readonly score: number | null;
  readonly label: LabelValue | null;
  readonly receivedAt: number | null;
}

/** What endpoints predicted, as far as labels may be about it. */
export interface PredictionTable {
  offset(endpoint: EndpointId, segment: string): number;
  /** Writes rows together with how far their segment has been read. Rows that are known stay as they are, but for their keys. */
  add(endpoint: EndpointId, segment: string, offset: number, rows: readonly PredictedRow[]): void;
  /** Releases that predicted. */
  releases(endpoint: EndpointId): string[];
  /** Predictions of [from, to) in order of time. */
  joined(endpoint: EndpointId, from: number, to: number): IterableIterator<JoinedRow>;
  /** The labels of the rows of some requests. */
  labelsOf(endpoint: EndpointId, requests: readonly string[]): LabelOfRow[];
  /** Removes predictions that are older, and labels that came before, in steps between which others can write. */
  drop(before: number): void;
}

export function createPredictionTable(database: Database): PredictionTable {
  const findOffset = database.prepare<[number, string], { offset: number }>('SELECT offset FROM labelled_segments WHERE endpoint = ? AND name = ?');
  const putOffset = database.prepare<[number, string, number]>('INSERT INTO labelled_segments (endpoint, name, offset) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET offset = excluded.offset');
  const findRelease = database.prepare<[number, string], { id: number }>('SELECT id FROM labelled_releases WHERE endpoint = ? AND release = ?');
  const addRelease = database.prepare<[number, string]>('INSERT INTO labelled_releases (endpoint, release) VALUES (?, ?)');
  const listReleases = database.prepare<[number], { release: string }>('SELECT release FROM labelled_releases WHERE endpoint = ?');
  const insert = database.prepare<[number, string, number, number, number, LabelValue | null, number | null]>(
    'INSERT INTO predictions (endpoint, request, row, at, release, prediction, score) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const findPrediction = database.prepare<[number, string, number], { id: number }>('SELECT id FROM predictions WHERE endpoint = ? AND request = ? AND row = ?');
  const insertKey = database.prepare<[number, number, string]>('INSERT INTO prediction_keys (prediction, label_key, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  // A label by request id is about this row and no other, so it goes before one by key. Of several labels of a key the earliest that was known after the
  // prediction is its truth.
  const labelOfPrediction = `coalesce(
       (SELECT id FROM labels AS o WHERE o.endpoint = p.endpoint AND o.label_key = 0 AND o.key = p.request AND o.row = p.row AND o.period = 0 AND o.replaced_at IS NULL),
       (SELECT k.id FROM prediction_keys AS v JOIN labels AS k
          ON k.endpoint = p.endpoint AND k.label_key = v.label_key AND k.key = v.value AND k.row = 0 AND k.replaced_at IS NULL
        WHERE v.prediction = p.id AND (k.period = 0 OR k.period >= p.at) ORDER BY k.period = 0, k.period LIMIT 1))`;
  const labelsOf = database.prepare<[number, string], LabelOfRow>(
    `SELECT p.request, p.row, l.label FROM predictions AS p JOIN labels AS l ON l.id = ${labelOfPrediction}
     WHERE p.endpoint = ? AND p.request IN (SELECT value FROM json_each(?))`,
  );
  const joined = database.prepare<[number, number, number], JoinedRow>(
    `SELECT p.at, r.release, p.prediction, p.score, l.label, l.received_at AS receivedAt
     FROM predictions AS p JOIN labelled_releases AS r ON r.id = p.release
     LEFT JOIN labels AS l ON l.id = ${labelOfPrediction}
     WHERE p.endpoint = ? AND p.at >= ? AND p.at < ? ORDER BY p.at`,
  );
  const dropLabels = database.prepare<[number, number]>('DELETE FROM labels WHERE id IN (SELECT id FROM labels WHERE endpoint = ? AND received_at < ? LIMIT 2000)');
  const endpoints = database.prepare<[], { id: number }>('SELECT id FROM labelled_endpoints');
  const dropPredictions = database.prepare<[number, number]>('DELETE FROM predictions WHERE id IN (SELECT id FROM predictions WHERE endpoint = ? AND at < ? LIMIT 2000)');

  const releaseOf = (endpoint: EndpointId, release: string): number => findRelease.get(endpoint, release)?.id ?? Number(addRelease.run(endpoint, release).lastInsertRowid);
  return {
    offset: (endpoint, segment) => findOffset.get(endpoint, segment)?.offset ?? 0,
    add: database.transaction((endpoint: EndpointId, segment: string, offset: number, rows: readonly PredictedRow[]) => {
      for (const { request, row, at, release, prediction, score, keys } of rows) {
        insert.run(endpoint, request, row, at, releaseOf(endpoint, release), prediction, score);
        const id = keys.length === 0 ? undefined : findPrediction.get(endpoint, request, row)?.id;
        if (id !== undefined) {
          keys.forEach(([key, value]) => insertKey.run(id, key, value));
        }
      }
      putOffset.run(endpoint, segment, offset);
    }),
    releases: (endpoint) => listReleases.all(endpoint).map(({ release }) => release),
    joined: (endpoint, from, to) => joined.iterate(endpoint, from, to),
    labelsOf: (endpoint, requests) => labelsOf.all(endpoint, JSON.stringify(requests)),
    drop(before) {
      for (const { id } of endpoints.all()) {
        while (dropPredictions.run(id, before).changes > 0 || dropLabels.run(id, before).changes > 0);
      }
    },
  };
}
