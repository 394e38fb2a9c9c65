import type { AliasMove as AliasStretch } from '../../contract/registry.ts';
import { Problem } from '../../platform/errors.ts';
import type { Database } from '../../platform/database/database.ts';
import { checkLength, missingValue } from '../../platform/names.ts';

export interface AliasMove {
  readonly alias: string;
  /** Absent where the alias was removed. */
  readonly version: number | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly actor: string;
}

/** Names such as `champion` that point to one version of a model, and the record of where they pointed. */
export interface Aliases {
  /** Version numbers by alias. */
  ofModel(model: number): Map<string, number>;
  find(model: number, alias: string): number | undefined;
  /** The version that it pointed to before. */
  set(model: number, alias: string, version: number, actor: string): number | undefined;
  remove(model: number, alias: string, actor: string): number | undefined;
  /** The newest first. */
  history(model: number, alias: string | undefined): AliasMove[];
}

/** @throws Problem for what is no name of an alias */
export function checkAliasName(alias: string): void {
  if (alias === '') {
    throw missingValue('alias');
  }
  if (!/^[\w\-\p{L}\p{N}]+$/u.test(alias)) {
    throw new Problem('invalid-input', `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`, { field: 'alias' });
  }
  checkLength(alias, 255, 'Registered model alias name');
}

/** @throws Problem also for names that would be taken for a version */
export function checkAlias(alias: string): void {
  checkAliasName(alias);
  if (alias.toLowerCase() === 'latest') {
    throw new Problem('invalid-input', "'latest' alias name (case insensitive) is reserved.", { field: 'alias' });
  }
  if (/^v\d+$/i.test(alias)) {
    throw new Problem('invalid-input', `Version alias name '${alias}' is reserved.`, { field: 'alias' });
  }
}

/** The refusal of an alias that no version has, in MLflow's words and with its code. */
export function aliasNotFound(alias: string): Problem {
  return new Problem('invalid-input', `Registered model alias ${alias} not found.`, { field: 'alias' });
}

/** The moves with the time at which each alias moved on. @param history the newest first */
export function aliasStretches(history: readonly AliasMove[]): AliasStretch[] {
  const next = new Map<string, number>();
  return history.map(({ alias, version, at, actor }) => {
    const until = next.get(alias);
    next.set(alias, at);
    return { alias, from: at, actor, ...(version === undefined ? {} : { version }), ...(until === undefined ? {} : { until }) };
  });
}

export function createAliases(database: Database, now: () => number = Date.now): Aliases {
  const all = database.prepare<[number], { alias: string; version: number }>('SELECT alias, version FROM model_aliases WHERE model = ? ORDER BY alias');
  const one = database.prepare<[number, string], { version: number }>('SELECT version FROM model_aliases WHERE model = ? AND alias = ?');
  const put = database.prepare<[number, string, number]>(
    'INSERT INTO model_aliases (model, alias, version) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET version = excluded.version',
  );
  const drop = database.prepare<[number, string]>('DELETE FROM model_aliases WHERE model = ? AND alias = ?');
  const note = database.prepare<[number, string, number | null, number, string]>('INSERT INTO alias_moves (model, alias, version, at, actor) VALUES (?, ?, ?, ?, ?)');
  const moves = database.prepare<{ model: number; alias: string | null }, { alias: string; version: number | null; at: number; actor: string }>(
    'SELECT alias, version, at, actor FROM alias_moves WHERE model = @model AND (@alias IS NULL OR alias = @alias) ORDER BY id DESC',
  );
  const find = (model: number, alias: string): number | undefined => one.get(model, alias)?.version;
  return {
    ofModel: (model) => new Map(all.all(model).map(({ alias, version }) => [alias, version])),
    find,
    set: database.transaction((model: number, alias: string, version: number, actor: string) => {
      const before = find(model, alias);
      put.run(model, alias, version);
      if (before !== version) {
        note.run(model, alias, version, now(), actor);
      }
      return before;
    }),
    remove: database.transaction((model: number, alias: string, actor: string) => {
      const before = find(model, alias);
      if (before !== undefined) {
        drop.run(model, alias);
        note.run(model, alias, null, now(), actor);
      }
      return before;
    }),
    history: (model, alias) => moves.all({ model, alias: alias ?? null }).map((move) => ({ ...move, version: move.version ?? undefined })),
  };
}
