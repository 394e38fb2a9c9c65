import { checkPlainName } from '../../platform/plainName.ts';
import { Problem } from '../../platform/errors.ts';
import type { Database } from '../../platform/database/database.ts';
import { checkKey, checkLength, invalidValue, limits, missingValue, pythonText } from '../../platform/names.ts';
import { isPrompt } from '../../contract/prompts.ts';

export interface RegisteredModelRow {
  readonly id: number;
  readonly name: string;
  readonly description: string | null;
  readonly created_at: number;
  readonly updated_at: number;
}

export const registeredModelColumns =
  'registered_models.id, registered_models.name, registered_models.description, registered_models.created_at, registered_models.updated_at';

/** The names under which versions are registered. */
export interface RegisteredModels {
  create(name: string, description: string | undefined, tags: ReadonlyMap<string, string>): RegisteredModelRow;
  /** @throws Problem `not-found` */
  find(name: string): RegisteredModelRow;
  exists(name: string): boolean;
  list(): RegisteredModelRow[];
  names(): string[];
  rename(name: string, newName: string): RegisteredModelRow;
  describe(name: string, description: string): RegisteredModelRow;
  /** Removes the model with its versions, tags and aliases. */
  delete(name: string): void;
  touch(id: number): void;
  setTag(name: string, key: string, value: string): void;
  deleteTag(name: string, key: string): void;
  tags(id: number): Map<string, string>;
}

/** @throws Problem for a name that could not be a part of a `models:/` URI */
export function checkModelName(name: string, parameter = 'name'): void {
  if (name.trim() === '') {
    throw missingValue(parameter);
  }
  if (/[/:]/.test(name)) {
    throw new Problem('invalid-input', `Invalid model name '${name}'. Names cannot contain '/' or ':'.`, { field: parameter });
  }
  if (name === '.' || name === '..') {
    throw invalidValue(
      parameter,
      name,
      `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${name}'`,
    );
  }
  checkLength(name, 256, parameter);
}

/** {@link checkModelName} for a name that a model gets. Those that older versions took can still be found, renamed and deleted. */
export function checkNewModelName(name: string, parameter = 'name'): void {
  checkModelName(name, parameter);
  checkPlainName(name, parameter);
}

function kindOf(tags: ReadonlyMap<string, string>): 'Prompt' | 'Registered Model' {
  return isPrompt(tags) ? 'Prompt' : 'Registered Model';
}

export function createRegisteredModels(database: Database, now: () => number = Date.now): RegisteredModels {
  const byName = database.prepare<[string], RegisteredModelRow>(`SELECT ${registeredModelColumns} FROM registered_models WHERE name = ?`);
  const all = database.prepare<[], RegisteredModelRow>(`SELECT ${registeredModelColumns} FROM registered_models ORDER BY updated_at DESC, name`);
  const insert = database.prepare<[string, string | null, number, number]>(
    'INSERT INTO registered_models (name, description, created_at, updated_at) VALUES (?, ?, ?, ?)',
  );
  const setName = database.prepare<[string, number, number]>('UPDATE registered_models SET name = ?, updated_at = ? WHERE id = ?');
  const touchVersions = database.prepare<[number, number]>('UPDATE model_versions SET updated_at = ? WHERE model = ?');
  const setDescription = database.prepare<[string, number, number]>('UPDATE registered_models SET description = ?, updated_at = ? WHERE id = ?');
  const remove = database.prepare<[number]>('DELETE FROM registered_models WHERE id = ?');
  const removeVersions = database.prepare<[number]>('DELETE FROM model_versions WHERE model = ?');
  const touch = database.prepare<[number, number]>('UPDATE registered_models SET updated_at = ? WHERE id = ?');
  const putTag = database.prepare<[number, string, string]>('INSERT OR REPLACE INTO registered_model_tags (model, key, value) VALUES (?, ?, ?)');
  const dropTag = database.prepare<[number, string]>('DELETE FROM registered_model_tags WHERE model = ? AND key = ?');
  const tagsOf = database.prepare<[number], { key: string; value: string }>('SELECT key, value FROM registered_model_tags WHERE model = ?');

  const find = (name: string): RegisteredModelRow => {
    checkModelName(name);
    const row = byName.get(name);
    if (row === undefined) {
      throw new Problem('not-found', `Registered Model with name=${name} not found`, { field: 'name' });
    }
    return row;
  };
  const checkTag = (key: string, value: string): void => {
    checkKey(key, 'key');
    checkLength(value, limits.registryTagValue, 'value');
  };
  const readTags = (id: number): Map<string, string> => new Map(tagsOf.all(id).map(({ key, value }) => [key, value]));
  /** @param tags of the model or prompt that wants the name */
  const refuseExisting = (name: string, field: string, tags: ReadonlyMap<string, string>): void => {
    const row = byName.get(name);
    if (row === undefined) {
      return;
    }
    const there = kindOf(readTags(row.id));
    const wanted = kindOf(tags);
    throw new Problem(
      'already-exists',
      there === wanted
        ? `${wanted} (name=${name}) already exists.`
        : `Tried to create a ${wanted.toLowerCase()} with name ${pythonText(name)}, but the name is already taken by a ${there.toLowerCase()}. MLflow does not allow creating a model and a prompt with the same name.`,
      { field },
    );
  };

  return {
    create: database.transaction((name: string, description: string | undefined, tags: ReadonlyMap<string, string>) => {
      checkNewModelName(name);
      tags.forEach((value, key) => checkTag(key, value));
      refuseExisting(name, 'name', tags);
      const at = now();
      const id = Number(insert.run(name, description ?? null, at, at).lastInsertRowid);
      for (const [key, value] of tags) {
        putTag.run(id, key, value);
      }
      return find(name);
    }),
    find,
    exists: (name) => byName.get(name) !== undefined,
    list: () => all.all(),
    names: () => all.all().map(({ name }) => name),
    rename: database.transaction((name: string, newName: string) => {
      checkNewModelName(newName, 'new_name');
      const { id } = find(name);
      if (newName !== name) {
        refuseExisting(newName, 'new_name', readTags(id));
      }
      const at = now();
      setName.run(newName, at, id);
      touchVersions.run(at, id);
      return find(newName);
    }),
    describe(name, description) {
      setDescription.run(description, now(), find(name).id);
      return find(name);
    },
    delete: database.transaction((name: string) => {
      const { id } = find(name);
      removeVersions.run(id);
      remove.run(id);
    }),
    touch: (id) => void touch.run(now(), id),
    setTag(name, key, value) {
      checkTag(key, value);
      putTag.run(find(name).id, key, value);
    },
    deleteTag(name, key) {
      checkKey(key, 'key');
      dropTag.run(find(name).id, key);
    },
    tags: readTags,
  };
}
