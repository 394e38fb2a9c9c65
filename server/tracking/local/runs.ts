import type { RunStatus } from '../../contract/tracking.ts';
import { randomUUID } from 'node:crypto';
import { checkPlainName } from '../../platform/plainName.ts';
import { Problem } from '../../platform/errors.ts';
import type { Database } from '../../platform/database/database.ts';
import { locationBelow } from '../artifactLocation.ts';
import type { Experiments } from './experiments.ts';
import type { Stage } from '../../contract/entities.ts';
import { pythonText } from '../../platform/names.ts';
import { inventName } from './runNames.ts';

export interface RunRow {
  readonly id: number;
  readonly run_id: string;
  readonly experiment: number;
  readonly name: string;
  readonly user_id: string;
  readonly status: RunStatus;
  readonly started_at: number;
  readonly ended_at: number | null;
  readonly stage: Stage;
  readonly artifact_uri: string;
}

export const runColumns = 'id, run_id, experiment, name, user_id, status, started_at, ended_at, stage, artifact_uri';

export interface NewRun {
  readonly experimentId: string;
  readonly name?: string | undefined;
  readonly user?: string | undefined;
  readonly startedAt: number;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface RunChanges {
  readonly status?: RunStatus | undefined;
  readonly endedAt?: number | undefined;
  readonly name?: string | undefined;
}

/** The tag that carries a run's name beside the column. */
const nameTag = 'mlflow.runName';

/** Runs with their params and tags. */
export interface Runs {
  create(run: NewRun): RunRow;
  /** Deleted ones too. @throws Problem `not-found` */
  find(runId: string): RunRow;
  /** Those of the named runs that there are, in the order of the names. */
  known(runIds: readonly string[]): RunRow[];
  /** @throws Problem when there is none or it is deleted */
  active(runId: string): RunRow;
  update(runId: string, changes: RunChanges): RunRow;
  delete(runId: string): RunRow;
  restore(runId: string): RunRow;
  /** @throws Problem when a param has another value already */
  logParam(runId: string, key: string, value: string): RunRow;
  /** Writes params and tags of one batch to an active run. @throws Problem when a param has another value already */
  putParams(run: RunRow, params: ReadonlyMap<string, string>): void;
  /** Gives params of an active run other values. MLflow has no such call: a captured run says what its notebook assigned last. */
  changeParams(runId: string, params: ReadonlyMap<string, string>): RunRow;
  putTags(run: RunRow, tags: ReadonlyMap<string, string>): void;
  deleteTag(runId: string, key: string): RunRow;
  tag(run: RunRow, key: string): string | undefined;
}

/** The name of a new run, asked for or in its tag. @throws Problem when the two differ */
function chooseName(given: string | undefined, tagged: string | undefined): string {
  const asked = given === '' ? undefined : given;
  if (asked !== undefined && tagged !== undefined && tagged !== '' && asked !== tagged) {
    throw new Problem(
      'invalid-input',
      `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${asked}', mlflow.runName='${tagged}').`,
      { field: 'run_name' },
    );
  }
  return asked ?? (tagged === undefined || tagged === '' ? inventName() : tagged);
}

/** What is asked of the tables of runs. */
function prepareStatements(database: Database) {
  const byRunId = database.prepare<[string], RunRow>(`SELECT ${runColumns} FROM runs WHERE run_id = ?`);
  const insert = database.prepare<[string, number, string, string, number, string]>(
    `INSERT INTO runs (run_id, experiment, name, user_id, status, started_at, artifact_uri) VALUES (?, ?, ?, ?, 'RUNNING', ?, ?)`,
  );
  const change = database.prepare<{ id: number; status: string | null; endedAt: number | null; name: string | null }>(
    'UPDATE runs SET status = coalesce(@status, status), ended_at = coalesce(@endedAt, ended_at), name = coalesce(@name, name) WHERE id = @id',
  );
  const setStage = database.prepare<[Stage, number | null, number]>('UPDATE runs SET stage = ?, deleted_at = ? WHERE id = ?');
  const setName = database.prepare<[string, number]>('UPDATE runs SET name = ? WHERE id = ?');
  const param = database.prepare<[number, string], { value: string }>('SELECT value FROM run_params WHERE run = ? AND key = ?');
  const insertParam = database.prepare<[number, string, string]>('INSERT INTO run_params (run, key, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const changeParam = database.prepare<[string, number, string]>('UPDATE run_params SET value = ? WHERE run = ? AND key = ?');
  const putTag = database.prepare<[number, string, string]>(
    'INSERT INTO run_tags (run, key, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  );
  const dropTag = database.prepare<[number, string]>('DELETE FROM run_tags WHERE run = ? AND key = ?');
  const tag = database.prepare<[number, string], { value: string }>('SELECT value FROM run_tags WHERE run = ? AND key = ?');
  return { byRunId, insert, change, setStage, setName, param, insertParam, changeParam, putTag, dropTag, tag };
}

export function createRuns(database: Database, experiments: Experiments, now: () => number = Date.now): Runs {
  const { byRunId, insert, change, setStage, setName, param, insertParam, changeParam, putTag, dropTag, tag } = prepareStatements(database);

  const find = (runId: string): RunRow => {
    const row = byRunId.get(runId);
    if (row === undefined) {
      throw new Problem('not-found', `Run with id=${runId} not found`, { field: 'run_id' });
    }
    return row;
  };
  const active = (runId: string): RunRow => {
    const row = find(runId);
    if (row.stage !== 'active') {
      throw new Problem('invalid-input', `The run ${runId} must be in the 'active' state. Current state is deleted.`, { field: 'run_id' });
    }
    return row;
  };
  const putTags = (run: RunRow, tags: ReadonlyMap<string, string>): void => {
    for (const [key, value] of tags) {
      if (key === nameTag) {
        checkPlainName(value, nameTag);
      }
      putTag.run(run.id, key, value);
      if (key === nameTag) {
        setName.run(value, run.id);
      }
    }
  };
  const putParams = (run: RunRow, params: ReadonlyMap<string, string>): void => {
    const conflicts: string[] = [];
    for (const [key, value] of params) {
      if (insertParam.run(run.id, key, value).changes > 0) {
        continue;
      }
      const old = param.get(run.id, key)?.value ?? '';
      if (old !== value) {
        conflicts.push(`{'key': ${pythonText(key)}, 'old_value': ${pythonText(old)}, 'new_value': ${pythonText(value)}}`);
      }
    }
    if (conflicts.length > 0) {
      throw new Problem(
        'invalid-input',
        `Changing param values is not allowed. Params were already logged='[${conflicts.join(', ')}]' for run ID='${run.run_id}'.`,
        { field: 'params' },
      );
    }
  };

  const create = database.transaction((run: NewRun): RunRow => {
    const experiment = experiments.active(run.experimentId);
    const tags = new Map(Object.entries(run.tags ?? {}));
    const name = chooseName(run.name, tags.get(nameTag));
    checkPlainName(name, 'run_name');
    tags.set(nameTag, name);
    const runId = randomUUID().replaceAll('-', '');
    insert.run(runId, Number(experiment.experimentId), name, run.user ?? '', run.startedAt, locationBelow(experiment.artifactLocation, `${runId}/artifacts`));
    const row = find(runId);
    // MLflow takes the tags of a new run as they are, whatever it asks of those that are set later.
    for (const [key, value] of tags) {
      putTag.run(row.id, key, value);
    }
    return row;
  });
  const update = database.transaction((runId: string, changes: RunChanges): RunRow => {
    const row = active(runId);
    const name = changes.name === undefined || changes.name === '' ? undefined : changes.name;
    if (name !== undefined) {
      checkPlainName(name, 'run_name');
    }
    change.run({ id: row.id, status: changes.status ?? null, endedAt: changes.endedAt ?? null, name: name ?? null });
    if (name !== undefined) {
      putTag.run(row.id, nameTag, name);
    }
    return find(runId);
  });
  const changeStage = (runId: string, stage: Stage): RunRow => {
    const row = find(runId);
    setStage.run(stage, stage === 'deleted' ? now() : null, row.id);
    return { ...row, stage };
  };

  return {
    create: (run) => create(run),
    find,
    known: (runIds) => runIds.flatMap((runId) => byRunId.get(runId) ?? []),
    active,
    update: (runId, changes) => update(runId, changes),
    delete: (runId) => changeStage(runId, 'deleted'),
    restore: (runId) => changeStage(runId, 'active'),
    logParam(runId, key, value) {
      const row = active(runId);
      if (insertParam.run(row.id, key, value).changes === 0) {
        const old = param.get(row.id, key)?.value;
        if (old !== value) {
          throw new Problem(
            'invalid-input',
            `Changing param values is not allowed. Param with key='${key}' was already logged with value='${old ?? ''}' for run ID='${runId}'. Attempted logging new value '${value}'.`,
            { field: 'value' },
          );
        }
      }
      return row;
    },
    putParams,
    changeParams: database.transaction((runId: string, params: ReadonlyMap<string, string>): RunRow => {
      const row = active(runId);
      params.forEach((value, key) => changeParam.run(value, row.id, key));
      return row;
    }),
    putTags,
    deleteTag(runId, key) {
      const row = active(runId);
      if (dropTag.run(row.id, key).changes === 0) {
        throw new Problem('not-found', `No tag with name: ${key} in run with id ${runId}`, { field: 'key' });
      }
      return row;
    },
    tag: (run, key) => tag.get(run.id, key)?.value,
  };
}
