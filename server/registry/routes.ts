import { Router } from 'express';
import type { CompanionContext } from '../platform/context.ts';
import type { Caller } from '../contract/caller.ts';
import { registryRoutes, type ModelVersion } from '../contract/registry.ts';
import { trackingRoutes } from '../contract/tracking.ts';
import { Problem } from '../platform/errors.ts';
import { implement, type OutputText } from '../platform/http/implement.ts';
import type { Readers } from '../platform/threads/readers.ts';
import type { Tracking } from '../tracking/tracking.ts';
import { aliasStretches } from './local/aliases.ts';
import type { Purge } from './local/purge.ts';
import type { RegistryRead } from './local/reads.ts';
import type { Registry } from './registry.ts';

/** The companion's own routes of the registry. */
export function registryRouter(context: CompanionContext, tracking: Tracking, registry: Registry, purge: Purge, readers: Readers<RegistryRead>): Router {
  const { models, versions } = registry.stores;
  const describe = (name: string): OutputText => readers.read({ surface: 'registry', read: 'model', name });

  /** The LoggedModel that a run made last. */
  const latestOfRun = (runId: string): string => {
    const latest = tracking.stores.models.ofRun(tracking.run(runId).runId).at(-1);
    if (latest === undefined) {
      throw new Problem('not-found', `The run ${runId} logged no model.`, {
        field: 'source.runId',
        remedy: 'Log a model in the run first, for example with mlflow.sklearn.log_model.',
      });
    }
    return latest.model_id;
  };
  const checkReady = (modelId: string): void => {
    const { status, name } = tracking.stores.models.find(modelId);
    if (status !== 'LOGGED_MODEL_READY') {
      const why = status === 'LOGGED_MODEL_PENDING' ? 'is still being uploaded' : 'could not be uploaded';
      throw new Problem('conflict', `The model "${name}" ${why}.`, { field: 'source' });
    }
  };
  const register = context.database.transaction(
    (name: string, modelId: string, description: string, aliases: readonly string[], tags: Readonly<Record<string, string>>, actor: Caller): ModelVersion => {
      if (!models.exists(name)) {
        registry.createModel(name, undefined, new Map(), actor);
      }
      const { version } = registry.createVersion(
        { name, source: `models:/${modelId}`, modelId, description, tags: new Map(Object.entries(tags)) },
        actor,
      );
      for (const alias of aliases) {
        registry.setAlias(name, alias, version, actor);
      }
      return registry.version(name, version);
    },
  );

  const router = Router();
  implement(router, registryRoutes.listModels, () => readers.read({ surface: 'registry', read: 'models' }));
  implement(router, registryRoutes.getModel, ({ name }) => describe(name));
  implement(router, registryRoutes.deleteModel, ({ name }, { caller }) => {
    registry.deleteModel(name, caller);
    return {};
  });
  implement(router, registryRoutes.registerVersion, ({ name, source, description, aliases, tags }, { caller }) => {
    const modelId = source.kind === 'logged-model' ? source.modelId : latestOfRun(source.runId);
    checkReady(modelId);
    return register(name, modelId, description, aliases, tags, caller);
  });
  implement(router, registryRoutes.getVersion, ({ name, version }) => registry.version(name, version));
  implement(router, registryRoutes.describeVersion, ({ name, version, description }) => {
    versions.describe(name, version, description);
    registry.changed(name);
    return registry.version(name, version);
  });
  implement(router, registryRoutes.deleteVersion, ({ name, version }, { caller }) => {
    registry.deleteVersion(name, version, caller);
    return {};
  });
  implement(router, registryRoutes.setAlias, ({ name, alias, version }, { caller }) => {
    registry.setAlias(name, alias, version, caller);
    return describe(name);
  });
  implement(router, registryRoutes.listAliasMoves, ({ name, alias }) => ({
    moves: aliasStretches(registry.stores.aliases.history(models.find(name).id, alias)),
    recorded: true,
  }));
  implement(router, registryRoutes.deleteAlias, ({ name, alias }, { caller }) => {
    registry.deleteAlias(name, alias, caller);
    return describe(name);
  });
  implement(router, trackingRoutes.previewPurge, (selection) => purge.preview(selection));
  implement(router, trackingRoutes.purge, async (selection, { caller }) => {
    const report = await purge.run(selection, caller);
    context.events.publish({ topic: 'experiments', experimentId: selection.experimentIds?.[0] ?? '0' });
    return report;
  });
  return router;
}
