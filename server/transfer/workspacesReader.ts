import { z } from 'zod';
import { Problem } from '../platform/errors.ts';
import type { MlflowClient } from '../mlflow/client/mlflowClient.ts';
import { MlflowRefusal } from '../mlflow/client/mlflowRefusal.ts';
import type { CarriedRegisteredModel, CarriedVersion } from '../mlflow/client/carried.ts';
import type { StoreReader } from '../mlflow/client/storeReader.ts';
import { defaultWorkspace } from '../mlflow/client/workspaces.ts';

const serverInfo = z.object({ workspaces_enabled: z.boolean().default(false) });
const workspaceList = z.object({ workspaces: z.array(z.object({ name: z.string() })).default([]) });

/** The workspaces that a server shows this login; the default one alone for a server without workspaces. */
export async function workspacesOfServer(client: MlflowClient): Promise<string[]> {
  const enabled = await client.get('/server-info', {}, serverInfo, '3.0').catch((error: unknown) => {
    // Older servers do not have the route.
    if (error instanceof MlflowRefusal && (error.status < 500 || error.status === 501)) {
      return { workspaces_enabled: false };
    }
    throw error;
  });
  const { workspaces } = enabled.workspaces_enabled ? await client.get('/workspaces', {}, workspaceList, '3.0') : { workspaces: [] };
  return workspaces.length === 0 ? [defaultWorkspace] : workspaces.map(({ name }) => name);
}

/**
 * Several workspaces as one store, which has none: each may have an experiment and a registered model of one name, so those of other
 * workspaces than the default one are called `WORKSPACE/NAME` and `WORKSPACE.NAME` (MLflow allows no slash in names of models).
 * @param workspaces readers of one workspace each, by its name
 */
export function createWorkspacesReader(workspaces: ReadonlyMap<string, StoreReader>): StoreReader {
  const ordered = [...workspaces].sort(([a], [b]) => Number(b === defaultWorkspace) - Number(a === defaultWorkspace) || (a < b ? -1 : 1));
  const readers = ordered.map(([, reader]) => reader);
  const others = ordered.map(([name]) => name).filter((name) => name !== defaultWorkspace);
  const owners = new Map<string, StoreReader>();
  const ownerOf = (experimentId: string): StoreReader => {
    const owner = owners.get(experimentId);
    if (owner === undefined) {
      throw new TypeError(`experiment ${experimentId} was not read before`);
    }
    return owner;
  };
  const prefixOf = (workspace: string, separator: string): string => (workspace === defaultWorkspace ? '' : `${workspace}${separator}`);
  const checkOnce = (seen: Set<string>, what: string, name: string): void => {
    if (seen.has(name)) {
      throw new Problem('conflict', `Two ${what} of different workspaces would both be called "${name}".`, { field: 'location', remedy: 'Rename one of them there.' });
    }
    seen.add(name);
  };
  const renameVersion = (version: CarriedVersion, prefix: string): CarriedVersion => ({
    ...version,
    // A version that was copied names another registered model of its workspace.
    source: version.source.replace(/^(models:\/+)(?=[^/@]+[/@])/, `$1${prefix}`),
  });
  const rename = (model: CarriedRegisteredModel, prefix: string): CarriedRegisteredModel =>
    prefix === '' ? model : { ...model, name: `${prefix}${model.name}`, versions: model.versions.map((version) => renameVersion(version, prefix)) };

  return {
    countRuns() {
      const counts = readers.map((reader) => reader.countRuns());
      return counts.some((count) => count === undefined) ? undefined : counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
    },
    notes: () => [
      ...(others.length === 0 ? [] : [`Names of the ${others.length === 1 ? 'workspace' : 'workspaces'} ${others.join(', ')} begin with that of the workspace: experiments are called WORKSPACE/NAME, registered models WORKSPACE.NAME.`]),
      ...new Set(readers.flatMap((reader) => reader.notes())),
    ],
    async *experiments() {
      const seen = new Set<string>();
      for (const [workspace, reader] of ordered) {
        for await (const experiment of reader.experiments()) {
          const name = `${prefixOf(workspace, '/')}${experiment.name}`;
          checkOnce(seen, 'experiments', name);
          owners.set(experiment.id, reader);
          yield { ...experiment, name };
        }
      }
    },
    runs: (experimentId) => ownerOf(experimentId).runs(experimentId),
    run: (experimentId, runId) => ownerOf(experimentId).run(experimentId, runId),
    points: (run) => ownerOf(run.experimentId).points(run),
    models: (experimentId) => ownerOf(experimentId).models(experimentId),
    model: (experimentId, modelId) => ownerOf(experimentId).model(experimentId, modelId),
    async *registeredModels() {
      const seen = new Set<string>();
      for (const [workspace, reader] of ordered) {
        for await (const model of reader.registeredModels()) {
          const renamed = rename(model, prefixOf(workspace, '.'));
          checkOnce(seen, 'registered models', renamed.name);
          yield renamed;
        }
      }
    },
    async registeredModel(name) {
      for (const [workspace, reader] of ordered) {
        const prefix = prefixOf(workspace, '.');
        const found = name.startsWith(prefix) ? await reader.registeredModel(name.slice(prefix.length)) : undefined;
        if (found !== undefined) {
          return rename(found, prefix);
        }
      }
      return undefined;
    },
    readable: (place) => ownerOf(place.experimentId).readable(place),
    files: (place) => ownerOf(place.experimentId).files(place),
    read: (place, path) => ownerOf(place.experimentId).read(place, path),
    close: () => readers.forEach((reader) => reader.close()),
  };
}
