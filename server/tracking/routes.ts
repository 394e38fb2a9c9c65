import { Router } from 'express';
import type { CompanionContext } from '../platform/context.ts';
import { artifactRoutes } from '../contract/artifacts.ts';
import { trackingRoutes } from '../contract/tracking.ts';
import { implement } from '../platform/http/implement.ts';
import type { Readers } from '../platform/threads/readers.ts';
import { mountDeletedRoutes } from './deletedRoutes.ts';
import { parseExperimentId } from './local/experiments.ts';
import { noteTag } from './names.ts';
import type { TrackingRead } from './local/reads.ts';
import { createRunFiles } from './local/runArtifacts.ts';
import type { RunRow } from './local/runs.ts';
import { quote } from './local/search/grammar.ts';
import type { Tracking } from './tracking.ts';

/** The companion's own routes of tracking. */
export function trackingRouter(context: CompanionContext, tracking: Tracking, readers: Readers<TrackingRead>): Router {
  const { stores } = tracking;
  const { runs } = stores;
  const changed = (row: RunRow): void => {
    stores.events.changed(row);
    context.events.publish({ topic: 'experiments', experimentId: String(row.experiment) });
  };

  const router = Router();
  mountDeletedRoutes(router, context, stores);
  implement(router, trackingRoutes.listExperiments, () => readers.read({ surface: 'companion', read: 'experiments' }));
  implement(router, trackingRoutes.listRuns, ({ experimentId, notebook, filter, limit }) => {
    const ofNotebook = notebook === undefined ? undefined : `tags."slipway.notebook" = ${quote(notebook)}`;
    const asked = filter === undefined || filter.trim() === '' ? undefined : `(${filter})`;
    const query = {
      experiments: experimentId === undefined ? undefined : [parseExperimentId(experimentId)],
      filter: [ofNotebook, asked].filter((part) => part !== undefined).join(' AND '),
      limit,
    };
    return readers.read({ surface: 'companion', read: 'runs', query });
  });
  implement(router, trackingRoutes.compareRuns, ({ runIds }) => readers.read({ surface: 'companion', read: 'comparison', runIds }));
  implement(router, trackingRoutes.getMetricSeries, ({ runIds, keys, maxPoints, window }) =>
    readers.read({ surface: 'companion', read: 'series', runIds, keys, maxPoints, window }),
  );
  const files = createRunFiles(stores.artifacts, runs);
  implement(router, artifactRoutes.listRunArtifacts, ({ runIds }) => ({ runs: [...new Set(runIds)].map((runId) => files.list(runs.find(runId))) }));
  implement(router, artifactRoutes.readRunArtifact, ({ runId, path }) => files.read(runs.find(runId), path));
  implement(router, trackingRoutes.listRunIds, ({ experimentId, limit }) =>
    readers.read({ surface: 'companion', read: 'ids', experiment: experimentId === undefined ? undefined : parseExperimentId(experimentId), limit }),
  );
  implement(router, trackingRoutes.readRunTable, ({ runIds }) => readers.read({ surface: 'companion', read: 'table', runIds }));
  implement(router, trackingRoutes.getRun, ({ runId }) => tracking.run(runId));
  implement(router, trackingRoutes.renameRun, ({ runId, name }) => {
    changed(runs.update(runId, { name }));
    return tracking.run(runId);
  });
  implement(router, trackingRoutes.setNote, ({ runId, note }) => {
    if (note !== '') {
      changed(stores.logging.setTag(runId, { key: noteTag, value: note }));
    } else if (runs.tag(runs.find(runId), noteTag) !== undefined) {
      changed(runs.deleteTag(runId, noteTag));
    }
    return tracking.run(runId);
  });
  implement(router, trackingRoutes.moveRuns, ({ runIds, experimentId }) => {
    const moved = stores.moveRuns(runIds, experimentId);
    moved.forEach(({ run_id: runId }) => stores.events.changed(runs.find(runId)));
    for (const experiment of new Set(moved.flatMap((row) => [String(row.experiment), experimentId]))) {
      context.events.publish({ topic: 'experiments', experimentId: experiment });
    }
    return { moved: moved.length };
  });
  implement(router, trackingRoutes.deleteRun, ({ runId }) => {
    changed(runs.delete(runId));
    return {};
  });
  implement(router, trackingRoutes.restoreRun, ({ runId }) => {
    changed(runs.restore(runId));
    return tracking.run(runId);
  });
  return router;
}
