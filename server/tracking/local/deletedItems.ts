import type { DeletedExperiment, DeletedItems, DeletedModel, DeletedRun } from '../../contract/deleted.ts';
import type { Database } from '../../platform/database/database.ts';

/** Lists what is deleted and can be brought back, at most `limit` of each kind. What lies in a deleted experiment counts as part of it. */
export type ListDeleted = (limit: number) => DeletedItems;

export function createListDeleted(database: Database): ListDeleted {
  const experiments = database.prepare<[number], DeletedExperiment>(
    `SELECT CAST(id AS TEXT) AS experimentId, name, updated_at AS deletedAt, (SELECT count(*) FROM runs WHERE experiment = experiments.id) AS runs
     FROM experiments WHERE stage = 'deleted' ORDER BY updated_at DESC, id LIMIT ?`,
  );
  // A run whose removal for good has begun has no artifacts any more and cannot come back.
  const runs = database.prepare<[number], DeletedRun>(
    `SELECT run_id AS runId, runs.name, CAST(experiment AS TEXT) AS experimentId, experiments.name AS experimentName,
            started_at AS startedAt, coalesce(deleted_at, started_at) AS deletedAt
     FROM runs JOIN experiments ON experiments.id = runs.experiment
     WHERE runs.stage = 'deleted' AND experiments.stage = 'active' AND runs.artifact_uri <> ''
     ORDER BY deletedAt DESC, runs.id LIMIT ?`,
  );
  const models = database.prepare<[number], DeletedModel>(
    `SELECT model_id AS modelId, logged_models.name, CAST(experiment AS TEXT) AS experimentId, experiments.name AS experimentName, logged_models.updated_at AS deletedAt
     FROM logged_models JOIN experiments ON experiments.id = logged_models.experiment
     WHERE logged_models.stage = 'deleted' AND experiments.stage = 'active'
     ORDER BY logged_models.updated_at DESC, logged_models.id LIMIT ?`,
  );
  return (limit) => {
    const found = { experiments: experiments.all(limit + 1), runs: runs.all(limit + 1), models: models.all(limit + 1) };
    return {
      experiments: found.experiments.slice(0, limit),
      runs: found.runs.slice(0, limit),
      models: found.models.slice(0, limit),
      truncated: Object.values(found).some((all) => all.length > limit),
    };
  };
}
