import type { Router } from 'express';
import type { CompanionContext } from '../platform/context.ts';
import { deletedRoutes } from '../contract/deleted.ts';
import type { Experiment } from '../contract/tracking.ts';
import { Problem } from '../platform/errors.ts';
import { implement } from '../platform/http/implement.ts';
import { createListDeleted } from './local/deletedItems.ts';
import { defaultExperiment } from './local/experiments.ts';
import type { TrackingStores } from './tracking.ts';

/** Mounts the life of experiments and what can be brought back. */
export function mountDeletedRoutes(router: Router, context: CompanionContext, { experiments, experimentList, models }: TrackingStores): void {
  const listDeleted = createListDeleted(context.database);
  const changed = (experimentId: string): void => context.events.publish({ topic: 'experiments', experimentId });
  const shown = (experimentId: string): Experiment => {
    changed(experimentId);
    return experimentList.one(experimentId);
  };

  implement(router, deletedRoutes.createExperiment, ({ name }) => shown(experiments.create(name.trim())));
  implement(router, deletedRoutes.renameExperiment, ({ experimentId, name }) => {
    experiments.rename(experimentId, name.trim());
    return shown(experimentId);
  });
  implement(router, deletedRoutes.deleteExperiment, ({ experimentId }) => {
    if (experimentId === String(defaultExperiment)) {
      throw new Problem('conflict', 'The default experiment cannot be deleted: runs without an experiment go there.', { field: 'experimentId', remedy: 'Delete its runs instead.' });
    }
    experiments.delete(experimentId);
    changed(experimentId);
    return {};
  });
  implement(router, deletedRoutes.restoreExperiment, ({ experimentId }) => {
    experiments.restore(experimentId);
    return shown(experimentId);
  });
  implement(router, deletedRoutes.deleteLoggedModel, ({ modelId }) => {
    changed(String(models.delete(modelId).experiment));
    return {};
  });
  implement(router, deletedRoutes.restoreLoggedModel, ({ modelId }) => {
    changed(String(models.restore(modelId).experiment));
    return {};
  });
  implement(router, deletedRoutes.listDeleted, ({ limit }) => listDeleted(limit));
}
