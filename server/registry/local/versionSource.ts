import { decodedFully } from '../../platform/decodings.ts';
import { Problem } from '../../platform/errors.ts';
import { ifFound } from '../../platform/ifFound.ts';
import { hostScheme, isInside, localPath, locationBelow } from '../../tracking/artifactLocation.ts';
import { pathOfUri } from '../../artifacts/artifactPath.ts';
import type { TrackingStores } from '../../tracking/local/localTracking.ts';
import { parseModelUri, type VersionReference } from '../modelUri.ts';

export interface SourceRequest {
  readonly source: string;
  readonly runId?: string | undefined;
  readonly modelId?: string | undefined;
}

/** The runs and LoggedModels that a version can be made of. */
export type SourceStores = Pick<TrackingStores, 'runs' | 'models'>;

/** Where the files of a version lie and what they came from. */
export interface ResolvedSource {
  readonly source: string;
  readonly location: string;
  readonly runId: string | undefined;
  readonly modelId: string | undefined;
}

/** Finds the version that a URI such as `models:/name/3`, `models:/name/Production` or `models:/name@alias` names. */
export type FindVersion = (reference: VersionReference, source: string) => ResolvedSource;

function refuse(source: string, why: string): Problem {
  return new Problem('invalid-input', `Invalid model version source: '${source}'. ${why}`, { field: 'source' });
}

function elsewhere(source: string, parameter: 'run_id' | 'model_id'): Problem {
  return refuse(source, `The ${parameter} request parameter must identify the resource that contains the source.`);
}

/** Takes percent signs for what they may become, however often they were written twice. */
function decode(text: string): string {
  return decodedFully(text, 10, (written) => decodeURIComponent(written.replaceAll('+', ' ')));
}

interface UriParts {
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
}

function partsOf(uri: string): UriParts {
  const [, scheme = '', authority = '', path = ''] = /^([a-z][a-z\d+.-]*):(?:\/\/([^/?#]*))?([^?#]*)/i.exec(uri) ?? [];
  return { scheme: scheme.toLowerCase(), authority, path };
}

function relativePath(source: string): Problem {
  return refuse(
    source,
    'If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.',
  );
}

function leadsElsewhere(plain: string): boolean {
  return plain.includes('\0') || plain.split(/[\\/]/).includes('..');
}

/** A path must be absolute and lead nowhere but to itself. */
function checkPath(source: string): void {
  const plain = decode(source);
  const path = partsOf(plain).path.replace(/\/{2,}/g, '/').replace(/\/$/, '');
  if (leadsElsewhere(plain) || !path.startsWith('/') || path.split('/').includes('.')) {
    throw relativePath(source);
  }
}

function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}

/** The folder that holds the artifacts of the run or model that a source belongs to; undefined for one that is not there. */
function rootOf({ runId, modelId }: Omit<SourceRequest, 'source'>, { runs, models }: SourceStores): string | undefined {
  return ifFound(() => (modelId === undefined ? (runId === undefined ? undefined : runs.find(runId).artifact_uri) : models.find(modelId).artifact_uri));
}

/** The run that made a LoggedModel. */
function runOfModel(modelId: string | undefined, { models }: SourceStores): string | undefined {
  return modelId === undefined ? undefined : (models.find(modelId).source_run_id ?? undefined);
}

/** A path on this machine: only below the artifacts of the run or model that is named. */
function resolveLocal(request: SourceRequest, path: string, stores: SourceStores): ResolvedSource {
  const { source, runId, modelId } = request;
  const parameter = modelId === undefined ? 'run_id' : 'model_id';
  const root = rootOf(request, stores);
  if (root === undefined && (runId ?? modelId) !== undefined) {
    throw elsewhere(source, parameter);
  }
  const folder = root === undefined || pathOfUri(root) !== undefined ? undefined : localPath(root);
  if (folder === undefined || !isInside(path, folder)) {
    throw refuse(
      source,
      `To use a local path as a model version source, the ${parameter} request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the ${parameter}.`,
    );
  }
  return { source, location: source, runId: runId ?? runOfModel(modelId, stores), modelId };
}

/** `models:/m-…`, or a version of a registered model that is copied. */
function resolveModel(request: SourceRequest, stores: SourceStores, findVersion: FindVersion): ResolvedSource {
  const { source, runId, modelId } = request;
  if (partsOf(source).authority !== '') {
    throw refuse(source, 'Registered model sources must use the active model registry.');
  }
  const named = parseModelUri(source);
  if (named === undefined) {
    throw elsewhere(source, 'model_id');
  }
  if (named.kind === 'logged-model') {
    if (modelId !== named.modelId) {
      throw elsewhere(source, 'model_id');
    }
    const model = stores.models.find(modelId);
    return { source, location: model.artifact_uri, runId: runId ?? model.source_run_id ?? undefined, modelId };
  }
  const found = findVersion(named, source);
  const differs = (asked: string | undefined, actual: string | undefined): boolean => asked !== undefined && asked !== (actual ?? '');
  if (differs(runId, found.runId) || differs(modelId, found.modelId)) {
    throw refuse(source, 'The run_id and model_id request parameters must match the referenced model version.');
  }
  return found;
}

/** `runs:/…`: the request says once more which run it is. */
function resolveRun({ source, runId, modelId }: SourceRequest, stores: SourceStores): ResolvedSource {
  const { authority, path } = partsOf(source);
  const [named = '', ...rest] = path.replace(/^\/+/, '').split('/');
  if (modelId !== undefined) {
    throw elsewhere(source, 'model_id');
  }
  if (authority !== '' || runId === undefined) {
    throw elsewhere(source, 'run_id');
  }
  const root = rootOf({ runId: named }, stores);
  // Two runs that are both of another server: nothing here could be taken for their files.
  if (runId !== named && (root !== undefined || rootOf({ runId }, stores) !== undefined)) {
    throw elsewhere(source, 'run_id');
  }
  if (root === undefined) {
    return { source, location: source, runId, modelId };
  }
  const below = rest.filter((part) => part !== '').join('/');
  return { source, location: below === '' ? root : locationBelow(root, below), runId, modelId };
}

/**
 * Checks the source of a new version as MLflow 3.17 does (`_validate_source_run` and `_validate_source_model` in mlflow/server/handlers.py):
 * files may come from the run or the LoggedModel that is named, from another version, or from a remote store that clients reach themselves.
 * @throws Problem `invalid-input`; `not-found` for a model or version that is not there
 */
export function resolveSource(request: SourceRequest, stores: SourceStores, findVersion: FindVersion): ResolvedSource {
  const { source, runId, modelId } = request;
  const host = hostScheme(source);
  if (host !== undefined) {
    if (leadsElsewhere(decode(source))) {
      throw relativePath(source);
    }
    throw new Problem('invalid-input', `'source' cannot use the '${host}' scheme: the '${host}' scheme addresses a host other than this server.`, { field: 'source' });
  }
  const local = localPath(source);
  if (local !== undefined) {
    return resolveLocal(request, local, stores);
  }
  const { scheme } = partsOf(source);
  if (scheme === 'models') {
    return resolveModel(request, stores, findVersion);
  }
  checkPath(source);
  if (scheme === 'runs') {
    return resolveRun(request, stores);
  }
  const path = pathOfUri(source);
  if (path !== undefined) {
    const uri = rootOf(request, stores);
    const root = uri === undefined ? undefined : pathOfUri(uri);
    if (root === undefined || !isWithin(path, root)) {
      throw elsewhere(source, modelId === undefined ? 'run_id' : 'model_id');
    }
    return { source, location: `mlflow-artifacts:/${path}`, runId: runId ?? runOfModel(modelId, stores), modelId };
  }
  return { source, location: source, runId: runId ?? runOfModel(modelId, stores), modelId };
}
