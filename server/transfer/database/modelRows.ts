import type { Database } from 'better-sqlite3';
import { modelStatuses } from '../../contract/entities.ts';
import type { CarriedModel } from '../../mlflow/client/carried.ts';
import type { Rows } from './writtenTables.ts';

/** Puts LoggedModels into MLflow's tables, each call a part of the caller's transaction. */
export interface ModelRows {
  add(model: CarriedModel, experiment: number, artifactUri: string): void;
  /** Params, tags and metrics that the database lacks. */
  addEntries(model: CarriedModel, experiment: number): void;
}

export function createModelRows(database: Database, rows: Rows): ModelRows {
  const hasRun = database.prepare<[string], { one: number }>('SELECT 1 AS one FROM runs WHERE run_uuid = ?');
  const findDataset = database.prepare<[number, string, string], { id: string }>('SELECT dataset_uuid AS id FROM datasets WHERE experiment_id = ? AND name = ? AND digest = ?');
  return {
    add: (model, experiment, artifactUri) =>
      rows.insert('logged_models', {
        model_id: model.id,
        experiment_id: experiment,
        name: model.name,
        artifact_location: artifactUri,
        creation_timestamp_ms: model.createdAt,
        last_updated_timestamp_ms: model.updatedAt,
        status: modelStatuses.indexOf(model.status) + 1,
        lifecycle_stage: model.stage,
        model_type: model.type ?? null,
        source_run_id: model.sourceRunId ?? null,
        status_message: model.statusMessage ?? null,
      }),
    addEntries(model, experiment) {
      const owner = { model_id: model.id, experiment_id: experiment };
      model.params.forEach((value, key) => rows.insertNew('logged_model_params', { ...owner, param_key: key, param_value: value }));
      model.tags.forEach((value, key) => rows.insertNew('logged_model_tags', { ...owner, tag_key: key, tag_value: value }));
      for (const { key, at, step, value, runId, datasetName, datasetDigest } of model.metrics) {
        // A metric of a run that is gone has no place there: the comparison at the end names it.
        if (hasRun.get(runId) !== undefined) {
          rows.insertNew('logged_model_metrics', {
            ...owner,
            metric_name: key,
            metric_timestamp_ms: at,
            metric_step: step,
            metric_value: Number.isNaN(value) ? null : value,
            run_id: runId,
            dataset_uuid: findDataset.get(experiment, datasetName ?? '', datasetDigest ?? '')?.id ?? null,
            dataset_name: datasetName ?? null,
            dataset_digest: datasetDigest ?? null,
          });
        }
      }
    },
  };
}
