import type { Database } from '../../platform/database/database.ts';
import { parseExperimentId, type Experiments } from './experiments.ts';
import type { RunRow, Runs } from './runs.ts';

/**
 * Moves active runs to another active experiment, with the LoggedModels that they made and the datasets that they used. Artifacts stay where
 * they are: a run knows its own place. All of them or none.
 * @returns the runs as they were before, without those that were there already
 * @throws Problem when a run or the experiment is not there or deleted
 */
export type MoveRuns = (runIds: readonly string[], experimentId: string) => RunRow[];

export function createMoveRuns(database: Database, experiments: Experiments, runs: Runs): MoveRuns {
  const moveRun = database.prepare<[number, number]>('UPDATE runs SET experiment = ? WHERE id = ?');
  const moveMetrics = database.prepare<[number, number]>('UPDATE latest_metrics SET experiment = ? WHERE run = ?');
  const moveModels = database.prepare<[number, string]>('UPDATE logged_models SET experiment = ? WHERE source_run_id = ?');
  // A dataset belongs to an experiment, and other runs of the old one may use it too.
  const copyDatasets = database.prepare<[number, number]>(
    `INSERT INTO datasets (experiment, name, digest, source_type, source, schema, profile)
     SELECT ?, name, digest, source_type, source, schema, profile FROM datasets JOIN run_datasets ON run_datasets.dataset = datasets.id
     WHERE run_datasets.run = ? ON CONFLICT DO NOTHING`,
  );
  const pointDatasets = database.prepare<[number, number]>(
    `UPDATE run_datasets SET dataset = (
       SELECT there.id FROM datasets AS there JOIN datasets AS here ON here.name = there.name AND here.digest = there.digest
       WHERE here.id = run_datasets.dataset AND there.experiment = ?)
     WHERE run = ?`,
  );
  const touch = database.prepare<[number, number]>('UPDATE experiments SET updated_at = ? WHERE id = ?');

  return database.transaction((runIds: readonly string[], experimentId: string): RunRow[] => {
    const target = parseExperimentId(experiments.active(experimentId).experimentId);
    const moved = [...new Set(runIds)].map((runId) => runs.active(runId)).filter(({ experiment }) => experiment !== target);
    for (const { id, run_id: runId } of moved) {
      copyDatasets.run(target, id);
      pointDatasets.run(target, id);
      moveRun.run(target, id);
      moveMetrics.run(target, id);
      moveModels.run(target, runId);
    }
    for (const experiment of new Set(moved.flatMap((row) => [row.experiment, target]))) {
      touch.run(Date.now(), experiment);
    }
    return moved;
  });
}
