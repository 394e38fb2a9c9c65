import type { Router } from 'express';
import { artifactRoutes } from '../../contract/artifacts.ts';
import { deletedRoutes } from '../../contract/deleted.ts';
import { trackingRoutes, type Experiment, type Run } from '../../contract/tracking.ts';
import { Problem } from '../../platform/errors.ts';
import { implementAll } from '../../platform/http/implement.ts';
import type { EventHub } from '../../platform/http/events.ts';
import type { RemoteServer } from '../../trackingServer/servers.ts';
import type { RemoteStore } from '../../trackingServer/sharedStores.ts';

export interface SharedTrackingOptions {
  /** @throws Problem when no shared server is in use any more */
  readonly current: () => RemoteServer;
  readonly events: EventHub;
  /** The id that a run has on the server: captured runs are known by their local id too. */
  readonly idThere: (runId: string) => string;
}

/** Refuses what a shared server cannot be asked for. */
function onlyHere(what: string, server: RemoteServer, remedy = 'It works for the runs and models of this machine: empty the setting slipway.tracking.uri.'): Problem {
  return new Problem('unavailable', `${what} cannot be done on ${server.url}: MLflow's protocol has no call for it.`, { remedy });
}

const removalRemedy = 'Ask who runs the server: "mlflow gc" removes there what was deleted.';
/** At once: each is a call or more. */
const artifactCalls = 4;

/** Mounts the companion's own routes of tracking, answered by the shared server that is in use. */
export function mountSharedTracking(router: Router, { current, events, idThere }: SharedTrackingOptions): void {
  const ask = <T>(work: (store: RemoteStore) => Promise<T>): Promise<T> => current().ask(work);
  const experimentChanged = (experimentId: string): void => events.publish({ topic: 'experiments', experimentId });
  const runChanged = (runId: string, experimentId: string): void => {
    events.publish({ topic: 'run', runId, experimentId });
    experimentChanged(experimentId);
  };
  const changeExperiment = (change: (experiments: RemoteStore['experiments']) => Promise<Experiment>): Promise<Experiment> =>
    ask(async ({ experiments }) => {
      const changed = await change(experiments);
      experimentChanged(changed.experimentId);
      return changed;
    });
  const changeRun = (given: string, change: (store: RemoteStore, runId: string) => Promise<void>): Promise<Run> =>
    ask(async (store) => {
      const runId = idThere(given);
      await change(store, runId);
      const run = await store.runs.get(runId);
      runChanged(runId, run.experimentId);
      return run;
    });

  implementAll(router, trackingRoutes, {
    listExperiments: () => ask(async ({ experiments }) => ({ experiments: await experiments.list() })),
    listRuns: (query) => ask(({ runs }) => runs.list(query)),
    listRunIds: (query) => ask(({ runs }) => runs.ids(query)),
    readRunTable: ({ runIds }) => ask(({ runs }) => runs.table(runIds.map(idThere))),
    compareRuns: ({ runIds }) => ask(({ runs }) => runs.compare(runIds.map(idThere))),
    getMetricSeries: ({ runIds, keys, maxPoints, window }) => ask(async ({ curves }) => ({ series: await curves(runIds.map(idThere), keys, maxPoints, window) })),
    getRun: ({ runId }) => ask(({ runs }) => runs.get(idThere(runId))),
    renameRun: ({ runId, name }) => changeRun(runId, ({ runs }, id) => runs.rename(id, name)),
    setNote: ({ runId, note }) => changeRun(runId, ({ runs }, id) => runs.setNote(id, note)),
    restoreRun: ({ runId }) => changeRun(runId, ({ runs }, id) => runs.restore(id)),
    deleteRun: ({ runId: given }) =>
      ask(async ({ runs }) => {
        const runId = idThere(given);
        const { run } = await runs.find(runId);
        await runs.delete(runId);
        runChanged(runId, run.experimentId);
        return {};
      }),
    moveRuns: () => {
      throw onlyHere('Moving runs to another experiment', current());
    },
    previewPurge: () => {
      throw onlyHere('Deleting permanently', current(), removalRemedy);
    },
    purge: () => {
      throw onlyHere('Deleting permanently', current(), removalRemedy);
    },
  });

  implementAll(router, deletedRoutes, {
    createExperiment: ({ name }) => changeExperiment((experiments) => experiments.create(name.trim())),
    renameExperiment: ({ experimentId, name }) => changeExperiment((experiments) => experiments.rename(experimentId, name.trim())),
    deleteExperiment: ({ experimentId }) =>
      ask(async ({ experiments }) => {
        await experiments.delete(experimentId);
        experimentChanged(experimentId);
        return {};
      }),
    restoreExperiment: ({ experimentId }) => changeExperiment((experiments) => experiments.restore(experimentId)),
    deleteLoggedModel: ({ modelId }) =>
      ask(async ({ models }) => {
        const model = await models.delete(modelId);
        if (model !== undefined) {
          experimentChanged(model.experimentId);
        }
        return {};
      }),
    restoreLoggedModel: () => {
      throw onlyHere('Bringing back a logged model', current());
    },
    listDeleted: ({ limit }) =>
      ask(async ({ experiments, runs }) => {
        const [active, deleted, deletedRuns] = await Promise.all([experiments.list(), experiments.deleted(), runs.deleted(limit + 1)]);
        const names = new Map(active.map(({ experimentId, name }) => [experimentId, name]));
        return {
          experiments: deleted.slice(0, limit),
          runs: deletedRuns.slice(0, limit).map(({ id, name, experimentId, startedAt }) => ({ runId: id, name, experimentId, experimentName: names.get(experimentId) ?? '', startedAt })),
          models: [],
          truncated: deleted.length > limit || deletedRuns.length > limit,
        };
      }),
  });

  implementAll(router, artifactRoutes, {
    listRunArtifacts: ({ runIds }) =>
      ask(async ({ runs, artifacts }) => {
        const wanted = [...new Set(runIds)];
        const listed = [];
        for (let from = 0; from < wanted.length; from += artifactCalls) {
          listed.push(...(await Promise.all(wanted.slice(from, from + artifactCalls).map(async (runId) => ({ ...(await artifacts.list((await runs.find(idThere(runId))).run)), runId })))));
        }
        return { runs: listed };
      }),
    readRunArtifact: ({ runId, path }) => ask(async ({ runs, artifacts }) => artifacts.read((await runs.find(idThere(runId))).run, path)),
  });
}
