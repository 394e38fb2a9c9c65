import type { artifactRoutes } from '../../contract/artifacts.ts';
import type { deletedRoutes } from '../../contract/deleted.ts';
import { chooseDirection, choosePrimaryMetric } from '../../contract/primaryMetric.ts';
import type { viewRoutes } from '../../contract/savedViews.ts';
import type { Experiment, Run, trackingRoutes } from '../../contract/tracking.ts';
import type { EventHub } from '../../platform/http/events.ts';
import type { Handlers } from '../../platform/http/implement.ts';
import { cannotDo } from '../../trackingServer/serverProblems.ts';
import type { SharedServer } from '../../trackingServer/servers.ts';
import type { TrackingStore } from '../store.ts';
import { dropView, keepView, renameView } from '../viewChanges.ts';
import type { SharedParts } from './sharedParts.ts';

export interface SharedTrackingOptions {
  readonly server: SharedServer;
  /** Does something with what the server keeps. @throws Problem for whatever the server refuses or fails at */
  readonly ask: <T>(work: (parts: SharedParts) => Promise<T>) => Promise<T>;
  readonly events: EventHub;
  /** The id that a run has on the server: captured runs are known by their local id too. */
  readonly idThere: (runId: string) => string;
}

/** At once: each is a call or more. */
const artifactCalls = 4;

/** The store that an MLflow server is. */
export function createSharedTrackingStore(options: SharedTrackingOptions): TrackingStore {
  return { ...runCalls(options), ...experimentCalls(options), ...artifactReads(options) };
}

function runCalls({ server, ask, events, idThere }: SharedTrackingOptions): Handlers<typeof trackingRoutes> {
  const announce = (runId: string, experimentId: string): void => {
    events.publish({ topic: 'run', runId, experimentId });
    events.publish({ topic: 'experiments', experimentId });
  };
  const change = (given: string, act: (parts: SharedParts, runId: string) => Promise<void>): Promise<Run> =>
    ask(async (parts) => {
      const runId = idThere(given);
      await act(parts, runId);
      const run = await parts.runs.get(runId);
      announce(runId, run.experimentId);
      return run;
    });
  return {
    listExperiments: () => ask(async ({ experiments }) => ({ experiments: await experiments.list() })),
    listRuns: (query) => ask(({ runs }) => runs.list(query)),
    listRunIds: (query) => ask(({ runs }) => runs.ids(query)),
    readRunTable: ({ runIds }) => ask(({ runs }) => runs.table(runIds.map(idThere))),
    compareRuns: ({ runIds }) => ask(({ runs }) => runs.compare(runIds.map(idThere))),
    getMetricSeries: ({ runIds, keys, maxPoints, window }) => ask(async ({ curves }) => ({ series: await curves(runIds.map(idThere), keys, maxPoints, window) })),
    getRun: ({ runId }) => ask(({ runs }) => runs.get(idThere(runId))),
    renameRun: ({ runId, name }) => change(runId, ({ runs }, id) => runs.rename(id, name)),
    setNote: ({ runId, note }) => change(runId, ({ runs }, id) => runs.setNote(id, note)),
    restoreRun: ({ runId }) => change(runId, ({ runs }, id) => runs.restore(id)),
    deleteRun: ({ runId: given }) =>
      ask(async ({ runs }) => {
        const runId = idThere(given);
        const { run } = await runs.find(runId);
        await runs.delete(runId);
        announce(runId, run.experimentId);
        return {};
      }),
    moveRuns: () => {
      throw cannotDo('Moving runs to another experiment', server.url);
    },
  };
}

function experimentCalls({ server, ask, events }: SharedTrackingOptions): Handlers<typeof deletedRoutes> & Handlers<typeof viewRoutes> {
  const announce = (experimentId: string): void => events.publish({ topic: 'experiments', experimentId });
  const change = (act: (experiments: SharedParts['experiments']) => Promise<Experiment>): Promise<Experiment> =>
    ask(async ({ experiments }) => {
      const changed = await act(experiments);
      announce(changed.experimentId);
      return changed;
    });
  return {
    createExperiment: ({ name }) => change((experiments) => experiments.create(name.trim())),
    renameExperiment: ({ experimentId, name }) => change((experiments) => experiments.rename(experimentId, name.trim())),
    setPrimaryMetric: ({ experimentId, metric }) => change((experiments) => experiments.setTags(experimentId, (tags) => choosePrimaryMetric(tags, metric))),
    setMetricDirection: ({ experimentId, metric, direction }) => change((experiments) => experiments.setTags(experimentId, (tags) => chooseDirection(tags, metric, direction))),
    saveView: ({ experimentId, name, view, replace }) => change((experiments) => experiments.setTags(experimentId, (tags) => keepView(tags, name, view, replace))),
    renameView: ({ experimentId, name, newName }) => change((experiments) => experiments.setTags(experimentId, (tags) => renameView(tags, name, newName))),
    deleteView: ({ experimentId, name }) => change((experiments) => experiments.setTags(experimentId, (tags) => dropView(tags, name))),
    restoreExperiment: ({ experimentId }) => change((experiments) => experiments.restore(experimentId)),
    deleteExperiment: ({ experimentId }) =>
      ask(async ({ experiments }) => {
        await experiments.delete(experimentId);
        announce(experimentId);
        return {};
      }),
    deleteLoggedModel: ({ modelId }) =>
      ask(async ({ models }) => {
        const model = await models.delete(modelId);
        if (model !== undefined) {
          announce(model.experimentId);
        }
        return {};
      }),
    restoreLoggedModel: () => {
      throw cannotDo('Bringing back a logged model', server.url);
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
  };
}

function artifactReads({ ask, idThere }: SharedTrackingOptions): Handlers<typeof artifactRoutes> {
  return {
    listRunArtifacts: ({ runIds, all }) =>
      ask(async ({ runs, artifacts }) => {
        const wanted = [...new Set(runIds)];
        const listed = [];
        for (let from = 0; from < wanted.length; from += artifactCalls) {
          listed.push(...(await Promise.all(wanted.slice(from, from + artifactCalls).map(async (runId) => ({ ...(await artifacts.list((await runs.find(idThere(runId))).run, all)), runId })))));
        }
        return { runs: listed };
      }),
    readRunArtifact: ({ runId, path }) => ask(async ({ runs, artifacts }) => artifacts.read((await runs.find(idThere(runId))).run, path)),
  };
}
