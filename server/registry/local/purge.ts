import type { Caller } from '../../contract/caller.ts';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CompanionContext } from '../../platform/context.ts';
import type { PurgeReport } from '../../contract/tracking.ts';
import { Problem } from '../../platform/errors.ts';
import type { AuditLog } from '../../governance/auditLog.ts';
import { sweepGrace, type BlobStore } from '../../artifacts/blobs.ts';
import type { LocalTracking } from '../../tracking/local/localTracking.ts';
import { createPurgePlan, type Doomed, type PurgePlan, type PurgeSelection } from './purgePlan.ts';

/** Metric points and runs that are removed at once; more would keep others waiting. */
const pointsPerTurn = 2000;
const runsPerTurn = 20;

/** What a run is called from the moment it is gone until its last point is. */
const goneName = 'purged-';

/** Removes what was deleted for good. */
export interface Purge {
  preview(selection: PurgeSelection): PurgeReport;
  /**
   * A run or model is gone as a whole or not at all, whatever happens; a purge that was cut short is finished by the next.
   * @throws Problem `conflict` while another one runs
   */
  run(selection: PurgeSelection, actor: Caller): Promise<PurgeReport>;
  /** Removes content that nothing uses any more. */
  sweep(): Promise<void>;
}

export interface PurgeNeeds {
  readonly tracking: LocalTracking;
  readonly blobs: Pick<BlobStore, 'sweep'>;
  readonly audit: AuditLog;
}

export function createPurge({ database, log }: CompanionContext, { tracking, blobs, audit }: PurgeNeeds): Purge {
  const { artifacts } = tracking.stores;
  const plan = createPurgePlan(database);
  const hideRun = database.prepare<[string, number]>(`UPDATE runs SET run_id = ? || id, artifact_uri = '' WHERE id = ? AND stage = 'deleted'`);
  const hidden = database.prepare<[string], { id: number }>(`SELECT id FROM runs WHERE stage = 'deleted' AND run_id LIKE ? || '%'`);
  const dropPoints = database.prepare<[number, number]>(
    `DELETE FROM metric_points WHERE (run, key, step, at, value, nan) IN (SELECT run, key, step, at, value, nan FROM metric_points WHERE run = ? LIMIT ?)`,
  );
  const dropRun = database.prepare<[number]>('DELETE FROM runs WHERE id = ?');
  const dropModel = database.prepare<[number]>('DELETE FROM logged_models WHERE id = ?');
  const dropLinks = database.prepare<[string]>('DELETE FROM run_models WHERE model_id = ?');
  const dropDatasets = database.prepare<[number]>('DELETE FROM datasets WHERE experiment = ? AND NOT EXISTS (SELECT 1 FROM run_datasets WHERE dataset = datasets.id)');
  const dropExperiment = database.prepare<[number]>(`DELETE FROM experiments WHERE id = ? AND stage = 'deleted' AND NOT EXISTS (SELECT 1 FROM runs WHERE experiment = experiments.id)`);
  const contentUsed = database.prepare<{ sha256: string }, { used: number }>(
    'SELECT 1 AS used FROM artifacts WHERE sha256 = @sha256 UNION ALL SELECT 1 FROM remote_version_files WHERE sha256 = @sha256 LIMIT 1',
  );
  let running = false;

  const dropFiles = ({ root }: Doomed): void => {
    if (root !== undefined) {
      artifacts.delete(root);
    }
  };
  const removeRuns = database.transaction((runs: readonly Doomed[]) => {
    for (const run of runs) {
      if (hideRun.run(goneName, run.id).changes > 0) {
        dropFiles(run);
        tracking.runPurged(run.name);
      }
    }
  });
  const removeModels = database.transaction((models: readonly Doomed[]) => {
    for (const model of models) {
      dropLinks.run(model.name);
      dropModel.run(model.id);
      dropFiles(model);
    }
  });
  const inLots = async (all: readonly Doomed[], remove: (lot: readonly Doomed[]) => void): Promise<void> => {
    for (let from = 0; from < all.length; from += runsPerTurn) {
      remove(all.slice(from, from + runsPerTurn));
      await nextTurn();
    }
  };
  /** Removes what is left of runs that are gone, those of an earlier purge too. */
  const removeRest = async (): Promise<void> => {
    for (const { id } of hidden.all(goneName)) {
      while (dropPoints.run(id, pointsPerTurn).changes > 0) {
        await nextTurn();
      }
      dropRun.run(id);
    }
  };
  const sweep = async (): Promise<void> => {
    if (database.open) {
      await blobs.sweep((sha256) => contentUsed.get({ sha256 }) !== undefined);
    }
  };
  const sweepQuietly = (): void => {
    sweep().catch((error: unknown) => log.error('removing unused content', error));
  };

  const remove = async ({ experiments, runs, models }: PurgePlan): Promise<void> => {
    await inLots(models, removeModels);
    await inLots(runs, removeRuns);
    await removeRest();
    for (const experiment of new Set([...runs, ...models].map((item) => item.experiment))) {
      dropDatasets.run(experiment);
    }
    experiments.forEach(({ id }) => dropExperiment.run(id));
  };

  return {
    preview: (selection) => plan(selection).report,
    async run(selection, actor) {
      if (running) {
        throw new Problem('conflict', 'Deleted runs are being removed already.', { remedy: 'Wait until that is done.' });
      }
      running = true;
      try {
        const planned = plan(selection);
        const { kept, ...counts } = planned.report;
        audit.append({
          actor,
          action: 'tracking.purged',
          subject: 'tracking',
          detail: { ...counts, kept: kept.length, runIds: planned.runs.slice(0, 100).map(({ name }) => name), experimentNames: planned.experiments.map(({ name }) => name) },
        });
        await remove(planned);
        await sweep();
        // What was uploaded just before is still too young.
        setTimeout(sweepQuietly, sweepGrace + 1000).unref();
        return planned.report;
      } finally {
        running = false;
      }
    },
    sweep,
  };
}
