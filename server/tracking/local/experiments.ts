import type { Stage } from '../../contract/entities.ts';
import { checkPlainName } from '../../platform/plainName.ts';
import { Problem } from '../../platform/errors.ts';
import type { Database } from '../../platform/database/database.ts';
import { pathOfUri } from '../../artifacts/artifactPath.ts';
import { absoluteLocation, hostScheme, localPath } from '../artifactLocation.ts';
import { checkKey, checkLength, limits, missingValue, pythonText } from '../../platform/names.ts';

export interface StoredExperiment {
  /** The wire's `experiment_id`, as text. */
  readonly experimentId: string;
  readonly name: string;
  readonly artifactLocation: string;
  readonly stage: Stage;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ExperimentRow {
  readonly id: number;
  readonly name: string;
  readonly artifact_location: string;
  readonly stage: Stage;
  readonly created_at: number;
  readonly updated_at: number;
}

interface TagRow {
  readonly experiment: number;
  readonly key: string;
  readonly value: string;
}

/** Experiments and their tags. Ids are the wire's: decimal numbers as text. */
export interface Experiments {
  /** @throws Problem `already-exists` for a name that any experiment has, also a deleted one */
  create(name: string, artifactLocation?: string, tags?: Readonly<Record<string, string>>): string;
  /** Deleted ones too. @throws Problem `not-found` */
  get(experimentId: string): StoredExperiment;
  findByName(name: string): StoredExperiment | undefined;
  /** @throws Problem `not-found` or `conflict` when it is deleted */
  active(experimentId: string): StoredExperiment;
  rename(experimentId: string, name: string): void;
  /** Deletes the experiment with its runs; both can be restored. */
  delete(experimentId: string): void;
  restore(experimentId: string): void;
  /** Brings back the experiment alone; what was deleted in it stays deleted. */
  reopen(experimentId: string): void;
  setTag(experimentId: string, key: string, value: string): void;
  deleteTag(experimentId: string, key: string): void;
  /** In the given order. */
  describe(rows: readonly ExperimentRow[]): StoredExperiment[];
}

/** The experiment that runs without one go to. */
export const defaultExperiment = 0;

/** @throws Problem when the id is not a whole number */
export function parseExperimentId(experimentId: string): number {
  const id = /^-?\d{1,15}$/.test(experimentId) ? Number(experimentId) : undefined;
  if (id === undefined) {
    throw new Problem('invalid-input', `Invalid experiment ID '${experimentId}'. Experiment ID must be a valid integer.`, { field: 'experiment_id' });
  }
  return id;
}

/** @throws Problem for what is no name of an experiment */
export function checkExperimentName(name: string): void {
  if (name === '') {
    throw missingValue('name');
  }
  if (name.trim() === '') {
    throw new Problem('invalid-input', `Invalid experiment name: ${pythonText(name)}`, { field: 'name' });
  }
  checkPlainName(name, 'name');
  checkLength(name, limits.experimentName, 'name');
}

const longestLocation = 2048;

function checkLocation(location: string): string {
  const refuse = (why: string): Problem => new Problem('invalid-input', why, { field: 'artifact_location' });
  if (location.includes('#')) {
    throw refuse("'artifact_location' URL can't include fragments or params.");
  }
  if (location.startsWith('runs:/')) {
    throw refuse(`Artifact location cannot be a runs:/ URI. Given: '${location}'`);
  }
  if (location.length > longestLocation) {
    throw refuse(`Invalid artifact path length. The length of the artifact path cannot be greater than ${longestLocation} characters.`);
  }
  if (/\?.*\.\./.test(location)) {
    throw refuse('Invalid query string');
  }
  const scheme = hostScheme(location);
  if (scheme !== undefined) {
    throw refuse(`'artifact_location' cannot use the '${scheme}' scheme: the '${scheme}' scheme addresses a host other than this server.`);
  }
  const absolute = absoluteLocation(location);
  // These throw for a path that would leave the artifact store, and for a file of another machine.
  pathOfUri(absolute);
  localPath(absolute);
  return absolute;
}

/** Rows as experiments, in their order. @param tags theirs, in any order */
function withTags(rows: readonly ExperimentRow[], tags: Iterable<TagRow>): StoredExperiment[] {
  const gathered = new Map<number, Record<string, string>>(rows.map(({ id }) => [id, {}]));
  for (const { experiment, key, value } of tags) {
    const own = gathered.get(experiment);
    if (own !== undefined) {
      own[key] = value;
    }
  }
  return rows.map((row) => ({
    experimentId: String(row.id),
    name: row.name,
    artifactLocation: row.artifact_location,
    stage: row.stage,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    tags: gathered.get(row.id) ?? {},
  }));
}

function checkTag(key: string, value: string): void {
  checkKey(key, 'key');
  checkLength(value, limits.experimentTagValue, 'value');
}

/** What is asked of the tables of experiments. */
function prepareStatements(database: Database) {
  const columns = 'id, name, artifact_location, stage, created_at, updated_at';
  const byId = database.prepare<[number], ExperimentRow>(`SELECT ${columns} FROM experiments WHERE id = ?`);
  const byName = database.prepare<[string], ExperimentRow>(`SELECT ${columns} FROM experiments WHERE name = ?`);
  const insert = database.prepare<[string, string, number, number]>(
    'INSERT INTO experiments (name, artifact_location, created_at, updated_at) VALUES (?, ?, ?, ?)',
  );
  const setLocation = database.prepare<[string, number]>('UPDATE experiments SET artifact_location = ? WHERE id = ?');
  const setName = database.prepare<[string, number, number]>('UPDATE experiments SET name = ?, updated_at = ? WHERE id = ?');
  const setStage = database.prepare<[Stage, number, number]>('UPDATE experiments SET stage = ?, updated_at = ? WHERE id = ?');
  const setRunStage = database.prepare<[Stage, number | null, number]>('UPDATE runs SET stage = ?, deleted_at = ? WHERE experiment = ?');
  const touch = database.prepare<[number, number]>('UPDATE experiments SET updated_at = ? WHERE id = ?');
  const putTag = database.prepare<[number, string, string]>('INSERT OR REPLACE INTO experiment_tags (experiment, key, value) VALUES (?, ?, ?)');
  const dropTag = database.prepare<[number, string]>('DELETE FROM experiment_tags WHERE experiment = ? AND key = ?');
  const tagsOf = database.prepare<[string], TagRow>(
    'SELECT experiment, key, value FROM experiment_tags WHERE experiment IN (SELECT value FROM json_each(?))',
  );
  return { byId, byName, insert, setLocation, setName, setStage, setRunStage, touch, putTag, dropTag, tagsOf };
}

export function createExperiments(database: Database, now: () => number = Date.now): Experiments {
  const { byId, byName, insert, setLocation, setName, setStage, setRunStage, touch, putTag, dropTag, tagsOf } = prepareStatements(database);

  const find = (experimentId: string): ExperimentRow => {
    const row = byId.get(parseExperimentId(experimentId));
    if (row === undefined) {
      throw new Problem('not-found', `No Experiment with id=${experimentId} exists`, { field: 'experiment_id' });
    }
    return row;
  };
  const findActive = (experimentId: string): ExperimentRow => {
    const row = find(experimentId);
    if (row.stage !== 'active') {
      throw new Problem('invalid-input', `The experiment ${experimentId} must be in the 'active' state. Current state is deleted.`, { field: 'experiment_id' });
    }
    return row;
  };
  const describe = (rows: readonly ExperimentRow[]): StoredExperiment[] => withTags(rows, tagsOf.iterate(JSON.stringify(rows.map(({ id }) => id))));
  const describeOne = (row: ExperimentRow): StoredExperiment => {
    const [experiment] = describe([row]);
    if (experiment === undefined) {
      throw new TypeError('one row describes one experiment');
    }
    return experiment;
  };

  const create = database.transaction((name: string, location: string | undefined, tags: Readonly<Record<string, string>>): string => {
    const existing = byName.get(name);
    if (existing !== undefined) {
      const where = existing.stage === 'deleted' ? ' in deleted state. You can restore the experiment, or permanently delete it to create a new one.' : '.';
      throw new Problem('already-exists', `Experiment(name=${name}) already exists${where}`, { field: 'name' });
    }
    const at = now();
    const id = Number(insert.run(name, location ?? '', at, at).lastInsertRowid);
    if (location === undefined) {
      setLocation.run(`mlflow-artifacts:/${id}`, id);
    }
    for (const [key, value] of Object.entries(tags)) {
      checkTag(key, value);
      putTag.run(id, key, value);
    }
    return String(id);
  });
  const changeStage = database.transaction((id: number, stage: Stage) => {
    const at = now();
    setStage.run(stage, at, id);
    setRunStage.run(stage, stage === 'deleted' ? at : null, id);
  });
  const setTag = database.transaction((id: number, key: string, value: string) => {
    putTag.run(id, key, value);
    touch.run(now(), id);
  });

  return {
    create(name, artifactLocation, tags = {}) {
      checkExperimentName(name);
      return create(name, artifactLocation === undefined || artifactLocation === '' ? undefined : checkLocation(artifactLocation), tags);
    },
    get: (experimentId) => describeOne(find(experimentId)),
    findByName(name) {
      const row = byName.get(name);
      return row === undefined ? undefined : describeOne(row);
    },
    active: (experimentId) => describeOne(findActive(experimentId)),
    rename(experimentId, name) {
      checkExperimentName(name);
      const { id, stage } = find(experimentId);
      if (stage !== 'active') {
        throw new Problem('conflict', 'Cannot rename a non-active experiment.', { field: 'experiment_id' });
      }
      const existing = byName.get(name);
      if (existing !== undefined && existing.id !== id) {
        throw new Problem('already-exists', `Experiment(name=${name}) already exists.`, { field: 'new_name' });
      }
      setName.run(name, now(), id);
    },
    delete(experimentId) {
      const { id, stage } = find(experimentId);
      if (stage !== 'active') {
        throw new Problem('not-found', `No Experiment with id=${experimentId} exists`, { field: 'experiment_id' });
      }
      changeStage(id, 'deleted');
    },
    restore(experimentId) {
      const { id, stage } = find(experimentId);
      if (stage !== 'deleted') {
        throw new Problem('not-found', `No Experiment with id=${experimentId} exists`, { field: 'experiment_id' });
      }
      changeStage(id, 'active');
    },
    reopen: (experimentId) => void setStage.run('active', now(), find(experimentId).id),
    setTag(experimentId, key, value) {
      const { id } = findActive(experimentId);
      checkTag(key, value);
      setTag(id, key, value);
    },
    deleteTag(experimentId, key) {
      const { id } = findActive(experimentId);
      if (dropTag.run(id, key).changes === 0) {
        throw new Problem('not-found', `No tag with name: ${key} in experiment with id ${experimentId}`, { field: 'key' });
      }
      touch.run(now(), id);
    },
    describe,
  };
}
