import type { CarriedModel, CarriedRun } from '../../mlflow/client/carried.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Experiments, ExperimentRow, StoredExperiment } from './experiments.ts';
import type { Stage, Metric, LoggedModelStatus, ModelMetric, ModelLink } from '../../contract/entities.ts';
import { loggedModelColumns, type LoggedModelRow } from './loggedModels.ts';
import { readValue } from './valueColumns.ts';
import { runColumns, type RunRow } from './runs.ts';
import type { RunStatus } from '../../contract/tracking.ts';

/** A run that had its life elsewhere. */
type AdoptedRun = Omit<CarriedRun, 'id' | 'experimentId' | 'params' | 'tags' | 'datasets' | 'models'> & { readonly runId: string; readonly experiment: number };
type AdoptedModel = Omit<CarriedModel, 'id' | 'experimentId' | 'type' | 'params' | 'tags' | 'metrics'> & {
  readonly modelId: string;
  readonly modelType: string | undefined;
  readonly experiment: number;
};

export interface LoggedModelRowWithStage extends LoggedModelRow {
  readonly stage: Stage;
}

/** Tracking as a whole, for what moves between stores: everything in order, and rows taken over with their ids, times and lifecycle. */
export interface TrackingContents {
  countRuns(): number;
  experiments(): StoredExperiment[];
  /** At most `limit` with a row id above `after`, deleted ones too. */
  runs(experiment: number, after: number, limit: number): RunRow[];
  run(runId: string): RunRow | undefined;
  deletedAt(run: RunRow): number | undefined;
  /** Points of one run in a fixed order, in lots. */
  points(run: RunRow): Generator<Metric[]>;
  models(experiment: number, after: number, limit: number): LoggedModelRowWithStage[];
  model(modelId: string): LoggedModelRowWithStage | undefined;
  /** The experiment's id: the given one where it is free. Call it, and those below, in a transaction. */
  adoptExperiment(experiment: { id: number | undefined; name: string; stage: Stage; createdAt: number; updatedAt: number }): number;
  addExperimentTags(experiment: number, tags: ReadonlyMap<string, string>): void;
  adoptRun(run: AdoptedRun): RunRow;
  setStage(run: RunRow, stage: Stage, deletedAt: number | undefined): void;
  /** Says how a run ended that was running when it was adopted. */
  endRun(run: RunRow, status: RunStatus, endedAt: number | undefined): void;
  adoptModel(model: AdoptedModel): LoggedModelRowWithStage;
  addModelTags(model: LoggedModelRow, tags: ReadonlyMap<string, string>): void;
  addModelParams(model: LoggedModelRow, params: ReadonlyMap<string, string>): void;
  addModelMetrics(model: LoggedModelRow, metrics: readonly ModelMetric[]): void;
  addRunModels(run: RunRow, models: readonly ModelLink[]): void;
}

const lot = 1000;

export function createTrackingContents(database: Database, experiments: Experiments): TrackingContents {
  const count = database.prepare<[], { runs: number }>('SELECT count(*) AS runs FROM runs');
  const allExperiments = database.prepare<[], ExperimentRow>('SELECT id, name, artifact_location, stage, created_at, updated_at FROM experiments ORDER BY id');
  const runsAfter = database.prepare<[number, number, number], RunRow>(
    `SELECT ${runColumns} FROM runs WHERE experiment = ? AND id > ? ORDER BY id LIMIT ?`,
  );
  const oneRun = database.prepare<[string], RunRow>(`SELECT ${runColumns} FROM runs WHERE run_id = ?`);
  const deletion = database.prepare<[number], { deleted_at: number | null }>('SELECT deleted_at FROM runs WHERE id = ?');
  const pointsAfter = database.prepare<[number, number, number, number, number, number, number], [number, number, number, number, number]>(
    `SELECT key, step, at, value, nan FROM metric_points WHERE run = ? AND (key, step, at, value, nan) > (?, ?, ?, ?, ?)
     ORDER BY key, step, at, value, nan LIMIT ?`,
  ).raw();
  const keys = database.prepare<[number], { key: string }>('SELECT key FROM metric_keys WHERE id = ?');
  const modelsAfter = database.prepare<[number, number, number], LoggedModelRowWithStage>(
    `SELECT ${loggedModelColumns}, stage FROM logged_models WHERE experiment = ? AND id > ? ORDER BY id LIMIT ?`,
  );
  const oneModel = database.prepare<[string], LoggedModelRowWithStage>(`SELECT ${loggedModelColumns}, stage FROM logged_models WHERE model_id = ?`);
  const taken = database.prepare<[number], { id: number }>('SELECT id FROM experiments WHERE id = ?');
  const insertExperiment = database.prepare<[number | null, string, string, number, number]>(
    `INSERT INTO experiments (id, name, artifact_location, stage, created_at, updated_at) VALUES (?, ?, '', ?, ?, ?)`,
  );
  const locate = database.prepare<[string, number]>('UPDATE experiments SET artifact_location = ? WHERE id = ?');
  const insertRun = database.prepare<[string, number, string, string, RunStatus, number, number | null, Stage, number | null, string]>(
    `INSERT INTO runs (run_id, experiment, name, user_id, status, started_at, ended_at, stage, deleted_at, artifact_uri) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const addExperimentTag = database.prepare<[number, string, string]>(
    'INSERT INTO experiment_tags (experiment, key, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const setStage = database.prepare<[Stage, number | null, number]>('UPDATE runs SET stage = ?, deleted_at = ? WHERE id = ?');
  const endRun = database.prepare<[RunStatus, number | null, number]>('UPDATE runs SET status = ?, ended_at = ? WHERE id = ?');
  const insertModel = database.prepare<
    [string, number, string, string | null, string | null, LoggedModelStatus, string | null, Stage, string, number, number]
  >(
    `INSERT INTO logged_models (model_id, experiment, name, model_type, source_run_id, status, status_message, stage, artifact_uri, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const addTag = database.prepare<[number, string, string]>('INSERT INTO logged_model_tags (model, key, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const addParam = database.prepare<[number, string, string]>('INSERT INTO logged_model_params (model, key, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const addMetric = database.prepare<[number, string, number, number, string, number, number, string | null, string | null]>(
    `INSERT INTO logged_model_metrics (model, key, at, step, run_id, value, nan, dataset_name, dataset_digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );
  const addLink = database.prepare<[number, 'input' | 'output', string, number]>(
    'INSERT INTO run_models (run, direction, model_id, step) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const found = <T>(row: T | undefined): T => {
    if (row === undefined) {
      throw new TypeError('a row that was inserted is there');
    }
    return row;
  };

  return {
    countRuns: () => count.get()?.runs ?? 0,
    experiments: () => experiments.describe(allExperiments.all()),
    runs: (experiment, after, limit) => runsAfter.all(experiment, after, limit),
    run: (runId) => oneRun.get(runId),
    deletedAt: ({ id }) => deletion.get(id)?.deleted_at ?? undefined,
    *points({ id }) {
      let last: [number, number, number, number, number] = [0, 0, 0, 0, 0];
      const names = new Map<number, string>();
      for (;;) {
        const rows = pointsAfter.all(id, ...last, lot);
        const end = rows.at(-1);
        if (end === undefined) {
          return;
        }
        last = end;
        yield rows.map(([key, step, at, value, nan]) => {
          const name = names.get(key) ?? keys.get(key)?.key ?? '';
          names.set(key, name);
          return { key: name, step, at, value: readValue(value, nan) };
        });
      }
    },
    models: (experiment, after, limit) => modelsAfter.all(experiment, after, limit),
    model: (modelId) => oneModel.get(modelId),
    adoptExperiment({ id, name, stage, createdAt, updatedAt }) {
      const free = id !== undefined && taken.get(id) === undefined ? id : null;
      const given = Number(insertExperiment.run(free, name, stage, createdAt, updatedAt).lastInsertRowid);
      locate.run(`mlflow-artifacts:/${given}`, given);
      return given;
    },
    addExperimentTags: (experiment, tags) => tags.forEach((value, key) => addExperimentTag.run(experiment, key, value)),
    setStage: ({ id }, stage, deletedAt) => void setStage.run(stage, deletedAt ?? null, id),
    adoptRun(run) {
      const { runId, experiment, name, user, status, startedAt, endedAt, stage, deletedAt, artifactUri } = run;
      insertRun.run(runId, experiment, name, user, status, startedAt, endedAt ?? null, stage, deletedAt ?? null, artifactUri);
      return found(oneRun.get(runId));
    },
    endRun: ({ id }, status, endedAt) => void endRun.run(status, endedAt ?? null, id),
    adoptModel(model) {
      const { modelId, experiment, name, modelType, sourceRunId, status, statusMessage, stage, artifactUri, createdAt, updatedAt } = model;
      insertModel.run(
        modelId,
        experiment,
        name,
        modelType ?? null,
        sourceRunId ?? null,
        status,
        statusMessage ?? null,
        stage,
        artifactUri,
        createdAt,
        updatedAt,
      );
      return found(oneModel.get(modelId));
    },
    addModelTags: ({ id }, tags) => tags.forEach((value, key) => addTag.run(id, key, value)),
    addModelParams: ({ id }, params) => params.forEach((value, key) => addParam.run(id, key, value)),
    addModelMetrics({ id }, metrics) {
      for (const { key, at, step, runId, value, datasetName, datasetDigest } of metrics) {
        const nan = Number.isNaN(value) ? 1 : 0;
        addMetric.run(id, key, at, step, runId, nan === 1 ? 0 : value, nan, datasetName ?? null, datasetDigest ?? null);
      }
    },
    addRunModels: ({ id }, models) => models.forEach(({ direction, modelId, step }) => addLink.run(id, direction, modelId, step)),
  };
}
