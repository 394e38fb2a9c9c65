import type { LoggedModelStatus, ModelMetric } from '../../contract/entities.ts';
import { randomUUID } from 'node:crypto';
import { checkPlainName } from '../../platform/plainName.ts';
import { Problem } from '../../platform/errors.ts';
import type { Database } from '../../platform/database/database.ts';
import { locationBelow } from '../artifactLocation.ts';
import type { Experiments } from './experiments.ts';
import { readValue } from './valueColumns.ts';
import { pythonText } from '../../platform/names.ts';
import { inventName } from './runNames.ts';

export interface LoggedModelRow {
  readonly id: number;
  readonly model_id: string;
  readonly experiment: number;
  readonly name: string;
  readonly model_type: string | null;
  readonly source_run_id: string | null;
  readonly status: LoggedModelStatus;
  readonly status_message: string | null;
  readonly artifact_uri: string;
  readonly created_at: number;
  readonly updated_at: number;
}

export const loggedModelColumns = 'id, model_id, experiment, name, model_type, source_run_id, status, status_message, artifact_uri, created_at, updated_at';

export interface LoggedModel {
  readonly row: LoggedModelRow;
  readonly params: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
  readonly metrics: readonly ModelMetric[];
}

export interface NewLoggedModel {
  readonly experimentId: string;
  readonly name?: string | undefined;
  readonly modelType?: string | undefined;
  readonly sourceRunId?: string | undefined;
  readonly params: readonly (readonly [string, string])[];
  readonly tags: readonly (readonly [string, string])[];
}

/** Models that runs logged. Deleted ones are not found. */
export interface LoggedModels {
  create(model: NewLoggedModel): LoggedModel;
  /** @throws Problem `not-found` */
  find(modelId: string): LoggedModelRow;
  get(modelId: string): LoggedModel;
  /** Also of one that was deleted. @throws Problem `not-found` */
  getDeleted(modelId: string): LoggedModel;
  ofRun(runId: string): LoggedModelRow[];
  /** Those of many runs, the oldest first. */
  ofRuns(runIds: readonly string[]): (runId: string) => LoggedModelRow[];
  /** In the given order. */
  describe(rows: readonly LoggedModelRow[]): LoggedModel[];
  setStatus(modelId: string, status: LoggedModelStatus): LoggedModel;
  /** Nothing more happens to one that was deleted before. */
  delete(modelId: string): LoggedModelRow;
  /** @throws Problem `not-found` when there is no deleted one */
  restore(modelId: string): LoggedModelRow;
  /** @throws Problem when a param has another value already */
  addParams(modelId: string, params: readonly (readonly [string, string])[]): void;
  setTags(modelId: string, tags: readonly (readonly [string, string])[]): LoggedModel;
  deleteTag(modelId: string, key: string): void;
}

/** @throws Problem for what is no name of a LoggedModel */
export function checkLoggedModelName(name: string): void {
  checkPlainName(name, 'name');
  if (/[/:.%"']/.test(name)) {
    throw new Problem('invalid-input', `Invalid model name (${pythonText(name)}) provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`, {
      field: 'name',
    });
  }
}

type Triple = [model: number, key: string, value: string];
type MetricRow = [
  model: number,
  key: string,
  at: number,
  step: number,
  runId: string,
  value: number,
  nan: number,
  datasetName: string | null,
  datasetDigest: string | null,
];

/** Rows as models, in their order. @param params of these models in any order, like their tags and metrics */
function gather(rows: readonly LoggedModelRow[], params: readonly Triple[], tags: readonly Triple[], metrics: readonly MetricRow[]): LoggedModel[] {
  const gathered = new Map(rows.map((row) => [row.id, { row, params: new Map<string, string>(), tags: new Map<string, string>(), metrics: [] as ModelMetric[] }]));
  for (const [model, key, value] of params) {
    gathered.get(model)?.params.set(key, value);
  }
  for (const [model, key, value] of tags) {
    gathered.get(model)?.tags.set(key, value);
  }
  for (const [model, key, at, step, runId, value, nan, datasetName, datasetDigest] of metrics) {
    gathered.get(model)?.metrics.push({
      key,
      at,
      step,
      runId,
      value: readValue(value, nan),
      datasetName: datasetName ?? undefined,
      datasetDigest: datasetDigest ?? undefined,
    });
  }
  return [...gathered.values()];
}

/** What is asked of the tables of logged models. */
function prepareStatements(database: Database) {
  const byId = database.prepare<[string], LoggedModelRow>(`SELECT ${loggedModelColumns} FROM logged_models WHERE model_id = ? AND stage = 'active'`);
  const byIdInAnyStage = database.prepare<[string], LoggedModelRow>(`SELECT ${loggedModelColumns} FROM logged_models WHERE model_id = ?`);
  const byRun = database.prepare<[string], LoggedModelRow>(
    `SELECT ${loggedModelColumns} FROM logged_models WHERE source_run_id = ? AND stage = 'active' ORDER BY created_at, id`,
  );
  const byRuns = database.prepare<[string], LoggedModelRow>(
    `SELECT ${loggedModelColumns} FROM logged_models WHERE source_run_id IN (SELECT value FROM json_each(?)) AND stage = 'active' ORDER BY created_at, id`,
  );
  const insert = database.prepare<[string, number, string, string | null, string | null, string, number, number]>(
    `INSERT INTO logged_models (model_id, experiment, name, model_type, source_run_id, status, artifact_uri, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, 'LOGGED_MODEL_PENDING', ?, ?, ?)`,
  );
  const setStatus = database.prepare<[LoggedModelStatus, number, string]>('UPDATE logged_models SET status = ?, updated_at = ? WHERE model_id = ?');
  const remove = database.prepare<[number, string]>(`UPDATE logged_models SET stage = 'deleted', updated_at = ? WHERE model_id = ?`);
  const bringBack = database.prepare<[number, string]>(`UPDATE logged_models SET stage = 'active', updated_at = ? WHERE model_id = ? AND stage = 'deleted'`);
  const touch = database.prepare<[number, number]>('UPDATE logged_models SET updated_at = ? WHERE id = ?');
  const insertParam = database.prepare<Triple>('INSERT INTO logged_model_params (model, key, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const param = database.prepare<[number, string], { value: string }>('SELECT value FROM logged_model_params WHERE model = ? AND key = ?');
  const putTag = database.prepare<Triple>('INSERT INTO logged_model_tags (model, key, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value');
  const dropTag = database.prepare<[number, string]>('DELETE FROM logged_model_tags WHERE model = ? AND key = ?');
  const many = 'IN (SELECT value FROM json_each(?))';
  const params = database.prepare<[string], Triple>(`SELECT model, key, value FROM logged_model_params WHERE model ${many}`).raw();
  const tags = database.prepare<[string], Triple>(`SELECT model, key, value FROM logged_model_tags WHERE model ${many}`).raw();
  const metrics = database
    .prepare<[string], MetricRow>(`SELECT model, key, at, step, run_id, value, nan, dataset_name, dataset_digest FROM logged_model_metrics WHERE model ${many}`)
    .raw();
  return { byId, byIdInAnyStage, byRun, byRuns, insert, setStatus, remove, bringBack, touch, insertParam, param, putTag, dropTag, params, tags, metrics };
}

export function createLoggedModels(database: Database, experiments: Experiments, now: () => number = Date.now): LoggedModels {
  const { byId, byIdInAnyStage, byRun, byRuns, insert, setStatus, remove, bringBack, touch, insertParam, param, putTag, dropTag, params, tags, metrics } = prepareStatements(database);

  const found = (modelId: string, row: LoggedModelRow | undefined): LoggedModelRow => {
    if (row === undefined) {
      throw new Problem('not-found', `Logged model with ID '${modelId}' not found.`, { field: 'model_id' });
    }
    return row;
  };
  const find = (modelId: string): LoggedModelRow => found(modelId, byId.get(modelId));
  const findDeleted = (modelId: string): LoggedModelRow => found(modelId, byIdInAnyStage.get(modelId));
  const describe = (rows: readonly LoggedModelRow[]): LoggedModel[] => {
    const ids = JSON.stringify(rows.map(({ id }) => id));
    return gather(rows, params.all(ids), tags.all(ids), metrics.all(ids));
  };
  const describeOne = (row: LoggedModelRow): LoggedModel => {
    const [model] = describe([row]);
    if (model === undefined) {
      throw new TypeError('one row describes one model');
    }
    return model;
  };
  const get = (modelId: string): LoggedModel => describeOne(find(modelId));

  const putParam = (model: number, key: string, value: string): void => {
    const old = insertParam.run(model, key, value).changes === 0 ? param.get(model, key)?.value : value;
    if (old !== value) {
      throw new Problem('invalid-input', `Changing param values is not allowed. Param with key='${key}' was already logged with value='${old ?? ''}'.`, {
        field: 'params',
      });
    }
  };
  const create = database.transaction((model: NewLoggedModel): string => {
    const experiment = experiments.active(model.experimentId);
    const modelId = `m-${randomUUID().replaceAll('-', '')}`;
    const at = now();
    const name = model.name === undefined || model.name === '' ? inventName() : model.name;
    const location = locationBelow(experiment.artifactLocation, `models/${modelId}/artifacts`);
    const added = insert.run(modelId, Number(experiment.experimentId), name, model.modelType ?? null, model.sourceRunId ?? null, location, at, at);
    const id = Number(added.lastInsertRowid);
    for (const [key, value] of model.params) {
      putParam(id, key, value);
    }
    for (const [key, value] of model.tags) {
      putTag.run(id, key, value);
    }
    return modelId;
  });
  const setTags = database.transaction((modelId: string, entries: readonly (readonly [string, string])[]) => {
    const { id } = find(modelId);
    for (const [key, value] of entries) {
      putTag.run(id, key, value);
    }
    touch.run(now(), id);
  });
  const addParams = database.transaction((modelId: string, entries: readonly (readonly [string, string])[]) => {
    const { id } = find(modelId);
    for (const [key, value] of entries) {
      putParam(id, key, value);
    }
  });

  return {
    create(model) {
      checkLoggedModelName(model.name ?? '');
      return get(create(model));
    },
    find,
    get,
    getDeleted: (modelId) => describeOne(findDeleted(modelId)),
    ofRun: (runId) => byRun.all(runId),
    ofRuns(runIds) {
      const models = new Map<string, LoggedModelRow[]>(runIds.map((runId) => [runId, []]));
      for (const row of byRuns.all(JSON.stringify(runIds))) {
        models.get(row.source_run_id ?? '')?.push(row);
      }
      return (runId) => models.get(runId) ?? [];
    },
    describe,
    setStatus(modelId, status) {
      find(modelId);
      setStatus.run(status, now(), modelId);
      return get(modelId);
    },
    delete(modelId) {
      const row = byId.get(modelId);
      if (row === undefined) {
        return findDeleted(modelId);
      }
      remove.run(now(), modelId);
      return row;
    },
    restore(modelId) {
      if (bringBack.run(now(), modelId).changes === 0) {
        throw new Problem('not-found', `There is no deleted model ${modelId}.`, { field: 'modelId' });
      }
      return find(modelId);
    },
    addParams: (modelId, entries) => addParams(modelId, entries),
    setTags(modelId, entries) {
      setTags(modelId, entries);
      return get(modelId);
    },
    deleteTag(modelId, key) {
      const { id } = find(modelId);
      if (dropTag.run(id, key).changes === 0) {
        throw new Problem('not-found', `No tag with key '${key}' found for model with ID '${modelId}'.`, { field: 'key' });
      }
    },
  };
}
