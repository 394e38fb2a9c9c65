import { Problem } from '../errors.ts';
import { hostScheme, isInside, localPath, locationBelow } from '../tracking/artifactLocation.ts';
import { pathOfUri } from '../tracking/artifacts.ts';
import type { TrackingStores } from '../tracking/tracking.ts';

export interface SourceRequest {
  readonly source: string;
  readonly runId?: string | undefined;
  readonly modelId?: string | undefined;
}

/** Where the files of a version lie and what they came from. */
export interface ResolvedSource {
  readonly source: string;
  readonly location: string;
  readonly runId: string | undefined;
  readonly modelId: string | undefined;
}

/** Finds the version that `models:/name/3` or `models:/name@alias` names. */
export type FindVersion = (name: string, selector: string) => ResolvedSource;

function refuse(source: string, why: string): Problem {
  return new Problem('invalid-input', `Invalid model version source: '${source}'. ${why}`, { field: 'source' });
}

function decode(text: string): string {
  let current = text;
  for (let round = 0; round < 10; round += 1) {
    try {
      const next = decodeURIComponent(current.replaceAll('+', ' '));
      if (next === current) {
        break;
      }
      current = next;
    } catch {
      break;
    }
  }
  return current;
}

function elsewhere(source: string, parameter: 'run_id' | 'model_id'): Problem {
  return refuse(source, `The ${parameter} request parameter must identify the resource that contains the source.`);
}

function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}

/** The path in the artifact store that a source names, also through this server's own HTTP route. */
function artifactPath(source: string): string | undefined {
  const proxied = /^https?:\/\/[^/]+(?:\/.*)?\/api\/2\.0\/mlflow-artifacts\/artifacts\/(.*)$/i.exec(source);
  return pathOfUri(proxied?.[1] === undefined ? source : `mlflow-artifacts:/${decode(proxied[1])}`);
}

/** The folder that holds the artifacts of the run or model that a source belongs to; undefined for one that is not there. */
function rootOf({ runId, modelId }: SourceRequest, { runs, models }: TrackingStores): string | undefined {
  try {
    return modelId === undefined ? (runId === undefined ? undefined : runs.find(runId).artifact_uri) : models.find(modelId).artifact_uri;
  } catch (error) {
    if (Problem.is(error, 'not-found')) {
      return undefined;
    }
    throw error;
  }
}

/** The run that made a LoggedModel. */
function runOfModel(modelId: string | undefined, { models }: TrackingStores): string | undefined {
  return modelId === undefined ? undefined : (models.find(modelId).source_run_id ?? undefined);
}

/** A path on this machine: only below the artifacts of the run or model that is named. */
function resolveLocal(request: SourceRequest, path: string, stores: TrackingStores): ResolvedSource {
  const { source, runId, modelId } = request;
  const root = rootOf(request, stores);
  const folder = root === undefined || pathOfUri(root) !== undefined ? undefined : localPath(root);
  if (folder === undefined || !isInside(path, folder)) {
    const parameter = modelId === undefined ? 'run_id' : 'model_id';
    throw refuse(
      source,
      `To use a local path as a model version source, the ${parameter} request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the ${parameter}.`,
    );
  }
  return { source, location: source, runId: runId ?? runOfModel(modelId, stores), modelId };
}

/**
 * Checks the source of a new version: files may come from the run or the LoggedModel that is named, from another version, or from a
 * remote store that clients reach themselves.
 * @throws Problem `invalid-input`
 */
export function resolveSource(request: SourceRequest, stores: TrackingStores, findVersion: FindVersion): ResolvedSource {
  const { source, runId, modelId } = request;
  const local = localPath(source);
  if (local !== undefined) {
    return resolveLocal(request, local, stores);
  }

  const plain = decode(source);
  if (plain.includes('\0') || plain.split(/[\\/]/).includes('..')) {
    throw refuse(
      source,
      'If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.',
    );
  }

  const logged = /^models:\/+(m-[\w-]+)\/?$/.exec(source);
  if (logged?.[1] !== undefined) {
    if (modelId !== undefined && modelId !== logged[1]) {
      throw elsewhere(source, 'model_id');
    }
    const model = stores.models.find(logged[1]);
    return { source, location: model.artifact_uri, runId: runId ?? model.source_run_id ?? undefined, modelId: model.model_id };
  }

  const registered = /^models:\/+([^/@]+)(?:\/([^/]+)|@([\w-]+))$/.exec(source);
  if (registered?.[1] !== undefined) {
    const found = findVersion(decode(registered[1]), registered[2] ?? `@${registered[3] ?? ''}`);
    const differs = (asked: string | undefined, actual: string | undefined): boolean => asked !== undefined && asked !== (actual ?? '');
    if (differs(runId, found.runId) || differs(modelId, found.modelId)) {
      throw refuse(source, 'The run_id and model_id request parameters must match the referenced model version.');
    }
    return found;
  }
  if (/^models:/.test(source)) {
    throw elsewhere(source, 'model_id');
  }

  const ofRun = /^runs:\/+([^/]+)\/(.+)$/.exec(source);
  if (ofRun?.[1] !== undefined) {
    const root = rootOf({ source, runId: ofRun[1] }, stores);
    const isOther = runId !== undefined && runId !== ofRun[1];
    if (isOther && (root !== undefined || rootOf({ source, runId }, stores) !== undefined)) {
      throw elsewhere(source, 'run_id');
    }
    if (root === undefined) {
      // A run of another server: nothing here could be taken for its files.
      return { source, location: source, runId, modelId };
    }
    return { source, location: locationBelow(root, ofRun[2] ?? '').replace(/\/+$/, ''), runId: ofRun[1], modelId };
  }

  const path = artifactPath(source);
  if (path !== undefined) {
    const uri = rootOf(request, stores);
    const root = uri === undefined ? undefined : pathOfUri(uri);
    if (root === undefined || !isWithin(path, root)) {
      throw elsewhere(source, modelId === undefined ? 'run_id' : 'model_id');
    }
    return { source, location: `mlflow-artifacts:/${path}`, runId: runId ?? runOfModel(modelId, stores), modelId };
  }

  const scheme = hostScheme(source);
  if (scheme !== undefined) {
    throw refuse(source, `'source' cannot use the '${scheme}' scheme: it addresses a host other than this server.`);
  }
  return { source, location: source, runId, modelId };
}
