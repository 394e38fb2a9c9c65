import type { RecordedLabels } from '../../contract/performance.ts';
import type { Database } from '../../platform/database/database.ts';
import type { LabelValue } from './labelValue.ts';
import type { ReadLabel } from './readLabels.ts';

/** Id of the row in `labelled_endpoints`. */
export type EndpointId = number;

interface CurrentLabel {
  readonly id: number;
  readonly label: LabelValue;
  readonly known_at: number | null;
}

export interface LabelTotals {
  readonly current: number;
  readonly replaced: number;
  readonly lastReceivedAt: number | null;
}

/** Labels of endpoints and their history. */
export interface LabelTable {
  /** Undefined for an endpoint that never got labels. */
  find(endpoint: string): EndpointId | undefined;
  all(): { readonly id: EndpointId; readonly endpoint: string }[];
  /** Ids of the columns by which labels came, by name. */
  keyColumns(endpoint: EndpointId): ReadonlyMap<string, number>;
  /**
   * Writes labels in one transaction. The same label again changes nothing; another one takes the place of the known one unless it is, by its own
   * time, the older of the two: then it is history from the beginning.
   */
  record(endpoint: string, keyColumn: string | undefined, source: string, labels: readonly ReadLabel[], now: number): Omit<RecordedLabels, 'joined'>;
  /** How many current labels that came at a time or later have a prediction. */
  joined(endpoint: EndpointId, since: number): number;
  totals(endpoint: EndpointId): LabelTotals;
}

export function createLabelTable(database: Database): LabelTable {
  const findEndpoint = database.prepare<[string], { id: number }>('SELECT id FROM labelled_endpoints WHERE endpoint = ?');
  const addEndpoint = database.prepare<[string]>('INSERT INTO labelled_endpoints (endpoint) VALUES (?)');
  const listEndpoints = database.prepare<[], { id: number; endpoint: string }>('SELECT id, endpoint FROM labelled_endpoints');
  const listKeys = database.prepare<[number], { id: number; name: string }>('SELECT id, name FROM label_keys WHERE endpoint = ? ORDER BY name');
  const addKey = database.prepare<[number, string]>('INSERT INTO label_keys (endpoint, name) VALUES (?, ?)');
  const forgetOffsets = database.prepare<[number]>('DELETE FROM labelled_segments WHERE endpoint = ?');
  const findCurrent = database.prepare<[number, number, string, number, number], CurrentLabel>(
    'SELECT id, label, known_at FROM labels WHERE endpoint = ? AND label_key = ? AND key = ? AND row = ? AND period = ? AND replaced_at IS NULL',
  );
  const replace = database.prepare<[number, number]>('UPDATE labels SET replaced_at = ? WHERE id = ?');
  const insert = database.prepare<[number, number, string, number, number, LabelValue, number | null, string, number, number | null]>(
    'INSERT INTO labels (endpoint, label_key, key, row, period, label, known_at, source, received_at, replaced_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const countJoined = database.prepare<[number, number], { joined: number }>(
    `SELECT count(*) AS joined FROM labels AS l WHERE l.endpoint = ? AND l.received_at >= ? AND l.replaced_at IS NULL AND (
       (l.label_key = 0 AND EXISTS (SELECT 1 FROM predictions AS p WHERE p.endpoint = l.endpoint AND p.request = l.key AND p.row = l.row))
       OR (l.label_key > 0 AND EXISTS (SELECT 1 FROM prediction_keys AS k WHERE k.label_key = l.label_key AND k.value = l.key)))`,
  );
  const totals = database.prepare<[number], { current: number; replaced: number; lastReceivedAt: number | null }>(
    'SELECT count(*) FILTER (WHERE replaced_at IS NULL) AS current, count(replaced_at) AS replaced, max(received_at) AS lastReceivedAt FROM labels WHERE endpoint = ?',
  );

  const keysOf = (endpoint: EndpointId): ReadonlyMap<string, number> => new Map(listKeys.all(endpoint).map(({ id, name }) => [name, id]));
  /** A new key column is looked for in what the log still holds: it is read again. */
  const keyOf = (endpoint: EndpointId, name: string | undefined): number => {
    if (name === undefined) {
      return 0;
    }
    const known = keysOf(endpoint).get(name);
    if (known !== undefined) {
      return known;
    }
    forgetOffsets.run(endpoint);
    return Number(addKey.run(endpoint, name).lastInsertRowid);
  };

  return {
    find: (endpoint) => findEndpoint.get(endpoint)?.id,
    all: () => listEndpoints.all(),
    keyColumns: keysOf,
    record: database.transaction((name: string, keyColumn: string | undefined, source: string, labels: readonly ReadLabel[], now: number) => {
      const endpoint = findEndpoint.get(name)?.id ?? Number(addEndpoint.run(name).lastInsertRowid);
      const key = keyOf(endpoint, keyColumn);
      const counts = { received: labels.length, added: 0, corrected: 0, unchanged: 0, outdated: 0 };
      for (const each of labels) {
        // One row of a request has one truth; a key of an entity has one for each time at which it was known.
        const period = key === 0 ? 0 : (each.knownAt ?? 0);
        const current = findCurrent.get(endpoint, key, each.key, each.row, period);
        const put = (replacedAt: number | null): void => void insert.run(endpoint, key, each.key, each.row, period, each.label, each.knownAt ?? null, source, now, replacedAt);
        if (current === undefined) {
          put(null);
          counts.added += 1;
        } else if (current.label === each.label) {
          counts.unchanged += 1;
        } else if (each.knownAt !== undefined && current.known_at !== null && each.knownAt < current.known_at) {
          put(now);
          counts.outdated += 1;
        } else {
          replace.run(now, current.id);
          put(null);
          counts.corrected += 1;
        }
      }
      return counts;
    }),
    joined: (endpoint, since) => countJoined.get(endpoint, since)?.joined ?? 0,
    totals: (endpoint) => totals.get(endpoint) ?? { current: 0, replaced: 0, lastReceivedAt: null },
  };
}
