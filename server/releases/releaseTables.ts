import { release as releaseSchema, type Release } from '../contract/releases.ts';
import { canonicalJson } from '../platform/canonicalJson.ts';
import type { Database } from '../platform/database/database.ts';

export interface LockTable {
  /** Text of the lock that an input was resolved to. */
  resolution(input: string): string | undefined;
  text(sha256: string): string | undefined;
  insert(input: string, sha256: string, text: string): void;
}

export function createLockTable(database: Database, now: () => number = Date.now): LockTable {
  const byInput = database.prepare<[string], { text: string }>(
    'SELECT text FROM environment_resolutions JOIN environment_locks ON sha256 = lock WHERE input = ?',
  );
  const bySha256 = database.prepare<[string], { text: string }>('SELECT text FROM environment_locks WHERE sha256 = ?');
  const insertLock = database.prepare<[string, number, string]>('INSERT INTO environment_locks (sha256, created_at, text) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const insertResolution = database.prepare<[string, string, number]>(
    'INSERT INTO environment_resolutions (input, lock, resolved_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const insert = database.transaction((input: string, sha256: string, text: string) => {
    insertLock.run(sha256, now(), text);
    insertResolution.run(input, sha256, now());
  });
  return {
    resolution: (input) => byInput.get(input)?.text,
    text: (sha256) => bySha256.get(sha256)?.text,
    insert: (input, sha256, text) => insert(input, sha256, text),
  };
}

/** What is asked of releases often. A release never changes, so neither do they. */
export interface ReleaseFacts {
  readonly model: Pick<Release['model'], 'name' | 'version'>;
  /** URL of the MLflow server that the model came from; undefined for the companion's own registry. */
  readonly server: string | undefined;
  readonly requestTimeoutSeconds: number;
}

interface FactsRow {
  readonly model_name: string;
  readonly model_version: number;
  readonly server: string | null;
  readonly timeout: number;
}

export interface ReleaseTable {
  insert(release: Release): void;
  /** Facts of the release with this whole digest. */
  facts(digest: string): ReleaseFacts | undefined;
  /** Releases whose digest begins so; at most two, which is enough to tell that it is ambiguous. */
  byPrefix(prefix: string): Release[];
  /** The newest first. */
  list(model: string | undefined): Release[];
  /** The first answer that a model gave to its example, as it was recorded. */
  recordedAnswer(modelDigest: string): unknown;
  /** Keeps the first answer; later ones are ignored. */
  recordAnswer(modelDigest: string, response: unknown): void;
}

export function createReleaseTable(database: Database, now: () => number = Date.now): ReleaseTable {
  const insert = database.prepare<[string, number, string, number, string]>(
    'INSERT INTO releases (digest, created_at, model_name, model_version, document) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  // Digests are hex, so that "g" is above everything that begins with the prefix.
  const byPrefix = database.prepare<[string, string], { document: string }>('SELECT document FROM releases WHERE digest >= ? AND digest < ? LIMIT 2');
  const selectFacts = database.prepare<[string], FactsRow>(
    "SELECT model_name, model_version, document ->> '$.model.server' AS server, document ->> '$.serving.requestTimeoutSeconds' AS timeout FROM releases WHERE digest = ?",
  );
  const known = new Map<string, ReleaseFacts>();
  const list = database.prepare<{ model: string | null }, { document: string }>(
    'SELECT document FROM releases WHERE @model IS NULL OR model_name = @model ORDER BY created_at DESC, rowid DESC',
  );
  const answer = database.prepare<[string], { response: string }>('SELECT response FROM recorded_answers WHERE model_digest = ?');
  const insertAnswer = database.prepare<[string, number, string]>(
    'INSERT INTO recorded_answers (model_digest, recorded_at, response) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const read = ({ document }: { document: string }): Release => releaseSchema.parse(JSON.parse(document));
  return {
    insert: (release) => {
      insert.run(release.digest, release.createdAt, release.model.name, release.model.version, canonicalJson(release));
    },
    facts(digest) {
      const kept = known.get(digest);
      const row = kept === undefined ? selectFacts.get(digest) : undefined;
      if (row === undefined) {
        return kept;
      }
      const read = { model: { name: row.model_name, version: row.model_version }, server: row.server ?? undefined, requestTimeoutSeconds: row.timeout };
      known.set(digest, read);
      return read;
    },
    byPrefix: (prefix) => byPrefix.all(prefix, `${prefix}g`).map(read),
    list: (model) => list.all({ model: model ?? null }).map(read),
    recordedAnswer: (modelDigest) => {
      const row = answer.get(modelDigest);
      return row === undefined ? undefined : (JSON.parse(row.response) as unknown);
    },
    recordAnswer: (modelDigest, response) => {
      insertAnswer.run(modelDigest, now(), JSON.stringify(response ?? null));
    },
  };
}
