import { Problem } from '../errors.ts';
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

function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}

/** The path in the artifact store that a source names, also through this server's own HTTP route. */
function artifactPath(source: string): string | undefined {
  const proxied = /^https?:\/\/[^/]+(?:\/.*)?\/api\/2\.0\/mlflow-artifacts\/artifacts\/(.*)$/i.exec(source);
  return pathOfUri(proxied?.[1] === undefined ? source : `mlflow-artifacts:/${decode(proxied[1])}`);
}

/**
 * Checks the source of a new version: files may come from the run or the LoggedModel that is named, from another version, or from a
 * remote store; never from a path on this machine.
 * @throws Problem `invalid-input`
 */
export function resolveSource({ source, runId, modelId }: SourceRequest, stores: TrackingStores, findVersion: FindVersion): ResolvedSource {
  const plain = decode(source);
  if (plain.includes('\0') || plain.split(/[\\/]/).includes('..')) {
    throw refuse(
      source,
      'If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.',
    );
  }
  const ofRun = (id: string): string => {
    const uri = stores.runs.find(id).artifact_uri;
    return pathOfUri(uri) ?? uri;
  };

  const logged = /^models:\/+(m-[\w-]+)\/?$/.exec(source);
  if (logged?.[1] !== undefined) {
    const model = stores.models.find(logged[1]);
    if (modelId !== undefined && modelId !== model.model_id) {
      throw refuse(source, 'The model_id request parameter must identify the resource that contains the source.');
    }
    return { source, location: model.artifact_uri, runId: runId ?? model.source_run_id ?? undefined, modelId: model.model_id };
  }

  const registered = /^models:\/+([^/@]+)(?:\/([^/]+)|@([\w-]+))$/.exec(source);
  if (registered?.[1] !== undefined) {
    const found = findVersion(decode(registered[1]), registered[2] ?? `@${registered[3] ?? ''}`);
    const differs = (asked: string | undefined, actual: string | undefined): boolean => asked !== undefined && asked !== (actual ?? '');
    if (differs(runId, found.runId) || differs(modelId, found.modelId)) {
      throw refuse(source, 'The run_id and model_id request parameters must match the referenced model version.');
    }
    return { ...found, source };
  }

  const ofRunUri = /^runs:\/+([^/]+)\/(.+)$/.exec(source);
  if (ofRunUri?.[1] !== undefined) {
    if (runId !== undefined && runId !== ofRunUri[1]) {
      throw refuse(source, 'The run_id request parameter must identify the resource that contains the source.');
    }
    const run = stores.runs.find(ofRunUri[1]);
    return { source, location: `${run.artifact_uri}/${ofRunUri[2] ?? ''}`.replace(/\/+$/, ''), runId: run.run_id, modelId };
  }

  const path = artifactPath(source);
  if (path !== undefined) {
    const model = modelId === undefined ? undefined : stores.models.find(modelId);
    const modelRoot = model === undefined ? undefined : pathOfUri(model.artifact_uri);
    const root = modelRoot ?? (runId === undefined ? undefined : ofRun(runId));
    if (root === undefined || !isWithin(path, root)) {
      throw refuse(source, `The ${modelId === undefined ? 'run_id' : 'model_id'} request parameter must identify the resource that contains the source.`);
    }
    return { source, location: `mlflow-artifacts:/${path}`, runId: runId ?? model?.source_run_id ?? undefined, modelId };
  }

  if (!/^[a-z][a-z0-9+.-]+:\/{1,2}[^/]/i.test(source) || /^file:/i.test(source)) {
    throw refuse(
      source,
      'To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.',
    );
  }
  return { source, location: source, runId, modelId };
}
