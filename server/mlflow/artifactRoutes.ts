import type { IncomingMessage, ServerResponse } from 'node:http';
import { Problem } from '../platform/errors.ts';
import type { LocalRegistry } from '../registry/local/localRegistry.ts';
import { localPath } from '../tracking/artifactLocation.ts';
import { checkArtifactPath, pathOfUri } from '../artifacts/artifactPath.ts';
import { findInFolder } from '../tracking/local/folderArtifacts.ts';
import { missingValue } from '../platform/names.ts';
import type { LocalTracking } from '../tracking/local/localTracking.ts';
import { fileWire } from './artifactList.ts';
import { ProtocolError } from './failure.ts';
import { notHere, receiveArtifact, receivePageUpload } from './receiveArtifact.ts';
import { sendArtifact, type StoredFile } from './sendArtifact.ts';

/** Answers a request for the content of artifacts; false when it is none. */
export type ArtifactHandler = (request: IncomingMessage, response: ServerResponse, pathname: string, query: URLSearchParams) => Promise<boolean>;

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Problem('invalid-input', 'Invalid path', { field: 'path' });
  }
}

function sendJson(response: ServerResponse, value: object): true {
  const text = JSON.stringify(value);
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }).end(text);
  return true;
}

/** @throws Problem for a path that is missing or would leave its root */
function readPath(query: URLSearchParams, name = 'path'): string {
  const relative = query.get(name);
  if (relative === null || relative === '') {
    throw missingValue(name);
  }
  return checkArtifactPath(relative);
}

/** Upload, download, list and delete of artifacts; contents are streamed from and to disk. */
export function createArtifactHandler(tracking: LocalTracking, registry: LocalRegistry): ArtifactHandler {
  const { stores } = tracking;
  const { artifacts, runs, models } = stores;

  const findStored = (file: string): StoredFile | undefined => {
    const found = artifacts.find(file);
    if (found === undefined && artifacts.list(file).length > 0) {
      throw new Problem('invalid-input', `Artifact path refers to a directory, not a file: '${file}'`, { field: 'path' });
    }
    return found === undefined ? undefined : { bytes: found.bytes, tag: found.sha256, materialize: () => artifacts.materialize(found) };
  };

  /** What clients ask of the artifact store by its own paths. */
  const proxied = async (request: IncomingMessage, response: ServerResponse, rest: string, query: URLSearchParams): Promise<boolean> => {
    if (rest === '/artifacts' || rest === '/artifacts/') {
      if (request.method !== 'GET') {
        return false;
      }
      const files = artifacts.list(query.get('path') ?? '').map((entry) => fileWire(entry));
      return sendJson(response, files.length === 0 ? {} : { files });
    }
    if (!rest.startsWith('/artifacts/')) {
      const what = rest.startsWith('/mpu/') ? 'Multipart upload' : rest.startsWith('/presigned/') ? 'Multipart download' : undefined;
      if (what === undefined) {
        return false;
      }
      throw new ProtocolError(501, 'NOT_IMPLEMENTED', `${what} is not supported for the current artifact repository`);
    }
    const file = decode(rest.slice('/artifacts/'.length));
    switch (request.method) {
      case 'PUT':
        await receiveArtifact(stores, request, file);
        return sendJson(response, {});
      case 'GET':
      case 'HEAD':
        return sendArtifact(request, response, file, findStored(file));
      case 'DELETE':
        artifacts.delete(file);
        return sendJson(response, {});
      default:
        return false;
    }
  };

  /** Sends a file below the artifact root of a run or model, which may be a folder on this machine. */
  const sendBelow = async (request: IncomingMessage, response: ServerResponse, uri: string, relative: string): Promise<true> => {
    const root = pathOfUri(uri);
    if (root !== undefined) {
      return sendArtifact(request, response, `${root}/${relative}`, findStored(`${root}/${relative}`));
    }
    const folder = localPath(uri);
    if (folder === undefined) {
      throw notHere(uri);
    }
    const found = await findInFolder(folder, relative);
    const stored = found === undefined ? undefined : { bytes: found.bytes, materialize: () => Promise.resolve({ path: found.file, release: () => Promise.resolve() }) };
    return sendArtifact(request, response, relative, stored);
  };

  /** What pages ask for by run, version or logged model. */
  const ofPages = async (request: IncomingMessage, response: ServerResponse, page: string, query: URLSearchParams): Promise<boolean> => {
    if (request.method === 'GET' && page === '/get-artifact') {
      const relative = readPath(query);
      return sendBelow(request, response, runs.find(query.get('run_id') ?? query.get('run_uuid') ?? '').artifact_uri, relative);
    }
    if (request.method === 'GET' && page === '/model-versions/get-artifact') {
      const relative = readPath(query);
      const row = registry.stores.versions.find(query.get('name') ?? '', Number(query.get('version')));
      return sendBelow(request, response, row.storage_location ?? '', relative);
    }
    const modelId = /^\/logged-models\/([^/]+)\/artifacts\/files$/.exec(page)?.[1];
    if (request.method === 'GET' && modelId !== undefined) {
      if ((query.get('artifact_file_path') ?? '') === '') {
        throw new ProtocolError(400, 'BAD_REQUEST', 'Request must include the "artifact_file_path" query parameter.');
      }
      const relative = readPath(query, 'artifact_file_path');
      return sendBelow(request, response, models.find(decode(modelId)).artifact_uri, relative);
    }
    if (request.method === 'POST' && page === '/upload-artifact') {
      await receivePageUpload(stores, request, query);
      return sendJson(response, {});
    }
    return false;
  };

  return async (request, response, pathname, query) => {
    const rest = /^\/(?:ajax-)?api\/2\.0\/mlflow-artifacts(\/.*)$/.exec(pathname)?.[1];
    if (rest !== undefined) {
      return proxied(request, response, rest, query);
    }
    return ofPages(request, response, /^(?:\/ajax-api\/2\.0\/mlflow|\/api\/2\.0\/mlflow)?(\/.*)$/.exec(pathname)?.[1] ?? '', query);
  };
}
