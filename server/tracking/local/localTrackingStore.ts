import type { artifactRoutes } from '../../contract/artifacts.ts';
import type { deletedRoutes } from '../../contract/deleted.ts';
import { chooseDirection, choosePrimaryMetric, type TagChanges } from '../../contract/primaryMetric.ts';
import type { viewRoutes } from '../../contract/savedViews.ts';
import type { Experiment, trackingRoutes } from '../../contract/tracking.ts';
import type { CompanionContext } from '../../platform/context.ts';
import { Problem } from '../../platform/errors.ts';
import type { Handlers } from '../../platform/http/implement.ts';
import type { Readers } from '../../platform/threads/readers.ts';
import { noteTag } from '../../platform/names.ts';
import type { TrackingStore } from '../store.ts';
import { dropView, keepView, renameView } from '../viewChanges.ts';
import { createListDeleted } from './deletedItems.ts';
import { defaultExperiment, parseExperimentId } from './experiments.ts';
import type { LocalTracking, TrackingStores } from './localTracking.ts';
import type { TrackingRead } from './reads.ts';
import { createRunFiles } from './runArtifacts.ts';
import type { RunRow } from './runs.ts';
import { quote } from './search/grammar.ts';

type RunCalls = Handlers<typeof trackingRoutes>;
type RunReads = 'listExperiments' | 'listRuns' | 'listRunIds' | 'readRunTable' | 'compareRuns' | 'getMetricSeries';

/** The store of this machine: its database. Reads that may take long are answered by threads, as text. */
export function createLocalTrackingStore(context: CompanionContext, tracking: LocalTracking, readers: Readers<TrackingRead>): TrackingStore {
  return {
    ...runReads(readers),
    ...runChanges(context, tracking),
    ...experimentChanges(context, tracking.stores),
    ...artifactReads(tracking.stores),
  };
}

function runReads(readers: Readers<TrackingRead>): Pick<RunCalls, RunReads> {
  return {
    listExperiments: (_input, { signal }) => readers.read({ surface: 'tracking', read: 'experiments' }, signal),
    listRuns({ experimentId, notebook, filter, limit }, { signal }) {
      const ofNotebook = notebook === undefined ? undefined : `tags."slipway.notebook" = ${quote(notebook)}`;
      const asked = filter === undefined || filter.trim() === '' ? undefined : `(${filter})`;
      const query = {
        experiments: experimentId === undefined ? undefined : [parseExperimentId(experimentId)],
        filter: [ofNotebook, asked].filter((part) => part !== undefined).join(' AND '),
        limit,
      };
      return readers.read({ surface: 'tracking', read: 'runs', query }, signal);
    },
    listRunIds: ({ experimentId, limit }, { signal }) =>
      readers.read({ surface: 'tracking', read: 'ids', experiment: experimentId === undefined ? undefined : parseExperimentId(experimentId), limit }, signal),
    readRunTable: ({ runIds }, { signal }) => readers.read({ surface: 'tracking', read: 'table', runIds }, signal),
    compareRuns: ({ runIds }, { signal }) => readers.read({ surface: 'tracking', read: 'comparison', runIds }, signal),
    getMetricSeries: ({ runIds, keys, maxPoints, window }, { signal }) => readers.read({ surface: 'tracking', read: 'series', runIds, keys, maxPoints, window }, signal),
  };
}

function runChanges(context: CompanionContext, tracking: LocalTracking): Omit<RunCalls, RunReads> {
  const { runs, logging, events, moveRuns } = tracking.stores;
  const changed = (row: RunRow): void => {
    events.changed(row);
    context.events.publish({ topic: 'experiments', experimentId: String(row.experiment) });
  };
  return {
    getRun: ({ runId }) => tracking.run(runId),
    renameRun({ runId, name }) {
      changed(runs.update(runId, { name }));
      return tracking.run(runId);
    },
    setNote({ runId, note }) {
      if (note !== '') {
        changed(logging.setTag(runId, { key: noteTag, value: note }));
      } else if (runs.tag(runs.find(runId), noteTag) !== undefined) {
        changed(runs.deleteTag(runId, noteTag));
      }
      return tracking.run(runId);
    },
    moveRuns({ runIds, experimentId }) {
      const moved = moveRuns(runIds, experimentId);
      moved.forEach(({ run_id: runId }) => events.changed(runs.find(runId)));
      for (const experiment of new Set(moved.flatMap((row) => [String(row.experiment), experimentId]))) {
        context.events.publish({ topic: 'experiments', experimentId: experiment });
      }
      return { moved: moved.length };
    },
    deleteRun({ runId }) {
      changed(runs.delete(runId));
      return {};
    },
    restoreRun({ runId }) {
      changed(runs.restore(runId));
      return tracking.run(runId);
    },
  };
}

/** The life of experiments and logged models, and what can be brought back. */
function experimentChanges(context: CompanionContext, { experiments, experimentList, models }: TrackingStores): Handlers<typeof deletedRoutes> & Handlers<typeof viewRoutes> {
  const listDeleted = createListDeleted(context.database);
  const changed = (experimentId: string): void => context.events.publish({ topic: 'experiments', experimentId });
  const shown = (experimentId: string): Experiment => {
    changed(experimentId);
    return experimentList.one(experimentId);
  };
  const setTags = context.database.transaction((experimentId: string, change: (tags: Experiment['tags']) => TagChanges): void => {
    const { tags } = experiments.active(experimentId);
    for (const [key, value] of Object.entries(change(tags))) {
      if (value !== undefined) {
        experiments.setTag(experimentId, key, value);
      } else if (tags[key] !== undefined) {
        experiments.deleteTag(experimentId, key);
      }
    }
  });
  return {
    createExperiment: ({ name }) => shown(experiments.create(name.trim())),
    renameExperiment({ experimentId, name }) {
      experiments.rename(experimentId, name.trim());
      return shown(experimentId);
    },
    setPrimaryMetric({ experimentId, metric }) {
      setTags(experimentId, (tags) => choosePrimaryMetric(tags, metric));
      return shown(experimentId);
    },
    setMetricDirection({ experimentId, metric, direction }) {
      setTags(experimentId, (tags) => chooseDirection(tags, metric, direction));
      return shown(experimentId);
    },
    saveView({ experimentId, name, view, replace }) {
      setTags(experimentId, (tags) => keepView(tags, name, view, replace));
      return shown(experimentId);
    },
    renameView({ experimentId, name, newName }) {
      setTags(experimentId, (tags) => renameView(tags, name, newName));
      return shown(experimentId);
    },
    deleteView({ experimentId, name }) {
      setTags(experimentId, (tags) => dropView(tags, name));
      return shown(experimentId);
    },
    deleteExperiment({ experimentId }) {
      if (experimentId === String(defaultExperiment)) {
        throw new Problem('conflict', 'The default experiment cannot be deleted: runs without an experiment go there.', { field: 'experimentId', remedy: 'Delete its runs instead.' });
      }
      experiments.delete(experimentId);
      changed(experimentId);
      return {};
    },
    restoreExperiment({ experimentId }) {
      experiments.restore(experimentId);
      return shown(experimentId);
    },
    deleteLoggedModel({ modelId }) {
      changed(String(models.delete(modelId).experiment));
      return {};
    },
    restoreLoggedModel({ modelId }) {
      changed(String(models.restore(modelId).experiment));
      return {};
    },
    listDeleted: ({ limit }) => listDeleted(limit),
  };
}

function artifactReads({ artifacts, runs }: TrackingStores): Handlers<typeof artifactRoutes> {
  const files = createRunFiles(artifacts, runs);
  return {
    listRunArtifacts: ({ runIds, all }) => ({ runs: [...new Set(runIds)].map((runId) => files.list(runs.find(runId), all)) }),
    readRunArtifact: ({ runId, path }) => files.read(runs.find(runId), path),
  };
}
