import type { Database } from '../../platform/database/database.ts';
import { checkLength } from '../../platform/names.ts';
import type { DatasetInput } from '../../contract/entities.ts';
import type { RunRow, Runs } from './runs.ts';

/** A dataset that runs of an experiment used, with the context (such as `train`) that it was used in. */
export interface DatasetSummary {
  readonly experimentId: string;
  readonly name: string;
  readonly digest: string;
  readonly context: string | undefined;
}

/** What went into runs and came out of them. */
export interface RunInputs {
  logInputs(runId: string, datasets: readonly DatasetInput[], modelIds: readonly string[]): RunRow;
  logOutputs(runId: string, models: readonly { modelId: string; step: number }[]): RunRow;
  /** At most 1000, by experiment and name. */
  summaries(experimentIds: readonly number[]): DatasetSummary[];
}

function checkDataset({ dataset, tags }: DatasetInput): void {
  checkLength(dataset.name, 500, 'name');
  checkLength(dataset.digest, 36, 'digest');
  checkLength(dataset.source, 65_535, 'source');
  checkLength(dataset.schema ?? '', 1_048_575, 'schema');
  checkLength(dataset.profile ?? '', 16_777_215, 'profile');
  for (const [key, value] of Object.entries(tags)) {
    checkLength(key, 255, 'key');
    checkLength(value, 500, 'value');
  }
}

export function createRunInputs(database: Database, runs: Runs): RunInputs {
  const putDataset = database.prepare<[number, string, string, string, string, string | null, string | null]>(
    `INSERT INTO datasets (experiment, name, digest, source_type, source, schema, profile) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const findDataset = database.prepare<[number, string, string], { id: number }>('SELECT id FROM datasets WHERE experiment = ? AND name = ? AND digest = ?');
  const putInput = database.prepare<[number, number]>('INSERT INTO run_datasets (run, dataset) VALUES (?, ?) ON CONFLICT DO NOTHING');
  const putTag = database.prepare<[number, string, string]>('INSERT INTO run_dataset_tags (input, key, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const putModel = database.prepare<[number, 'input' | 'output', string, number]>(
    'INSERT INTO run_models (run, direction, model_id, step) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET step = excluded.step',
  );
  const summaries = database.prepare<[string], { experiment: number; name: string; digest: string; context: string | null }>(
    `SELECT DISTINCT experiment, name, digest, tag.value AS context
     FROM datasets JOIN run_datasets AS input ON input.dataset = datasets.id
     LEFT JOIN run_dataset_tags AS tag ON tag.input = input.id AND tag.key = 'mlflow.data.context'
     WHERE experiment IN (SELECT value FROM json_each(?)) ORDER BY experiment, name, digest LIMIT 1000`,
  );

  const logInputs = database.transaction((runId: string, datasets: readonly DatasetInput[], modelIds: readonly string[]): RunRow => {
    const run = runs.active(runId);
    for (const { dataset, tags } of datasets) {
      putDataset.run(run.experiment, dataset.name, dataset.digest, dataset.sourceType, dataset.source, dataset.schema ?? null, dataset.profile ?? null);
      const id = findDataset.get(run.experiment, dataset.name, dataset.digest)?.id;
      const added = id === undefined ? undefined : putInput.run(run.id, id);
      if (added === undefined || added.changes === 0) {
        continue;
      }
      for (const [key, value] of Object.entries(tags)) {
        putTag.run(Number(added.lastInsertRowid), key, value);
      }
    }
    for (const modelId of modelIds) {
      putModel.run(run.id, 'input', modelId, 0);
    }
    return run;
  });
  const logOutputs = database.transaction((runId: string, models: readonly { modelId: string; step: number }[]): RunRow => {
    const run = runs.active(runId);
    for (const { modelId, step } of models) {
      putModel.run(run.id, 'output', modelId, step);
    }
    return run;
  });

  return {
    logInputs(runId, datasets, modelIds) {
      datasets.forEach(checkDataset);
      return logInputs(runId, datasets, modelIds);
    },
    logOutputs: (runId, models) => logOutputs(runId, models),
    summaries: (experimentIds) =>
      summaries.all(JSON.stringify(experimentIds)).map(({ experiment, name, digest, context }) => ({
        experimentId: String(experiment),
        name,
        digest,
        context: context ?? undefined,
      })),
  };
}
