import type { IncomingMessage, ServerResponse } from 'node:http';
import { Problem, systemErrorCode } from '../platform/errors.ts';
import { ClientGone, sendFile } from '../platform/http/sendFile.ts';
import type { LocalRegistry } from '../registry/local/localRegistry.ts';
import { useFile, type ByteRange, type LocalFile } from '../artifacts/blobs.ts';
import { openContent } from '../platform/files/contentFile.ts';
import { localPath } from '../tracking/artifactLocation.ts';
import { checkArtifactPath, pathOfUri } from '../artifacts/artifactPath.ts';
import { findInFolder, putInFolder } from '../tracking/local/folderArtifacts.ts';
import { missingValue } from '../platform/names.ts';
import type { LocalTracking } from '../tracking/local/localTracking.ts';
import { fileWire } from './artifactList.ts';
import { contentType, disposition } from './contentType.ts';
import { ProtocolError } from './failure.ts';

/** Answers a request for the content of artifacts; false when it is none. */
export type ArtifactHandler = (request: IncomingMessage, response: ServerResponse, pathname: string, query: URLSearchParams) => Promise<boolean>;

/**
 * The one range of a Range header; undefined for none and for what RFC 9110 lets a server ignore, such as several ranges.
 * @returns `unsatisfiable` when it lies beyond the end
 */
function readRange(header: string | undefined, bytes: number): Required<ByteRange> | 'unsatisfiable' | undefined {
  const match = header === undefined ? null : /^bytes=(\d*)-(\d*)$/.exec(header);
  if (match === null || (match[1] === '' && match[2] === '')) {
    return undefined;
  }
  const [, first = '', last = ''] = match;
  const start = first === '' ? Math.max(0, bytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
  if (start >= bytes || (first === '' && Number(last) === 0)) {
    return 'unsatisfiable';
  }
  return start > end ? undefined : { start, end };
}

function isDisconnect(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE' || code === 'ABORT_ERR';
}

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

/** The content of an artifact, here or in a folder of the user's. */
interface StoredFile {
  readonly bytes: number;
  /** Changes with the content, where that is known. */
  readonly tag?: string;
  readonly materialize: () => Promise<LocalFile>;
}

/** Files of 10 MB can be sent from MLflow's page. */
const mostPageUpload = 10 << 20;

async function* limited(content: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.byteLength;
    if (bytes > most) {
      throw new Problem('invalid-input', `Artifact size is too large. Max size is ${most / 1024 / 1024}MB.`, { field: 'data' });
    }
    yield chunk;
  }
}

function notHere(uri: string): Problem {
  return new Problem('invalid-input', `The artifacts at ${uri} are not on this server.`, { field: 'path' });
}

/** Upload, download, list and delete of artifacts; contents are streamed from and to disk. */
export function createArtifactHandler(tracking: LocalTracking, registry: LocalRegistry): ArtifactHandler {
  const { artifacts, runs, models, events } = tracking.stores;

  const send = async (request: IncomingMessage, response: ServerResponse, file: string, stored: StoredFile | undefined): Promise<true> => {
    if (stored === undefined) {
      throw new Problem('not-found', `No such artifact: '${file}'`, { field: 'path' });
    }
    const headers = {
      'Content-Type': contentType(file),
      'Content-Disposition': disposition(file),
      'Accept-Ranges': 'bytes',
      ...(stored.tag === undefined ? {} : { ETag: `"${stored.tag}"` }),
    };
    const range = readRange(request.headers.range, stored.bytes);
    if (range === 'unsatisfiable') {
      response.writeHead(416, { 'Content-Range': `bytes */${stored.bytes}`, 'Content-Length': 0 }).end();
      return true;
    }
    const length = range === undefined ? stored.bytes : range.end - range.start + 1;
    const partial = range === undefined ? {} : { 'Content-Range': `bytes ${range.start}-${range.end}/${stored.bytes}` };
    if (request.method === 'HEAD') {
      response.writeHead(200, { ...headers, 'Content-Length': stored.bytes }).end();
      return true;
    }
    await useFile(stored.materialize(), async (path) => {
      const content = await openContent(path, 'read').catch((error: unknown) => {
        throw new Problem('not-found', `The content of the artifact '${file}' is no longer on disk.`, { field: 'path', cause: error });
      });
      response.writeHead(range === undefined ? 200 : 206, { ...headers, ...partial, 'Content-Length': length });
      await sendFile(response, content, range ?? { start: 0, end: stored.bytes - 1 }).catch((error: unknown) => {
        if (!(error instanceof ClientGone)) {
          throw error;
        }
      });
    });
    return true;
  };

  const findStored = (file: string): StoredFile | undefined => {
    const found = artifacts.find(file);
    if (found === undefined && artifacts.list(file).length > 0) {
      throw new Problem('invalid-input', `Artifact path refers to a directory, not a file: '${file}'`, { field: 'path' });
    }
    return found === undefined ? undefined : { bytes: found.bytes, tag: found.sha256, materialize: () => artifacts.materialize(found) };
  };

  /** Reads the body of a request; the client hears of a failure after it has sent all. */
  const reading = async (request: IncomingMessage, read: () => Promise<unknown>): Promise<void> => {
    try {
      await read();
    } catch (error) {
      if (isDisconnect(error)) {
        throw new Problem('invalid-input', 'The request ended before its body was complete.', { cause: error });
      }
      // It is read to its end, so that the client hears why.
      request.resume();
      throw error;
    }
  };

  const receive = async (request: IncomingMessage, file: string): Promise<void> => {
    checkArtifactPath(file);
    if (file.endsWith('/')) {
      throw new Problem('invalid-input', "Artifact path must include a filename (cannot end with '/').", { field: 'path' });
    }
    await reading(request, () => artifacts.put(file, request, { freesChunks: true }));
    const runId = /^[^/]+\/([0-9a-f]{32})\/artifacts\//.exec(file)?.[1];
    try {
      if (runId !== undefined) {
        events.changed(runs.find(runId));
      }
    } catch {
      // A folder that looks like a run's.
    }
  };

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
        await receive(request, file);
        return sendJson(response, {});
      case 'GET':
      case 'HEAD':
        return send(request, response, file, findStored(file));
      case 'DELETE':
        artifacts.delete(file);
        return sendJson(response, {});
      default:
        return false;
    }
  };

  /** @throws Problem for a path that is missing or would leave its root */
  const readPath = (query: URLSearchParams, name = 'path'): string => {
    const relative = query.get(name);
    if (relative === null || relative === '') {
      throw missingValue(name);
    }
    return checkArtifactPath(relative);
  };

  /** Sends a file below the artifact root of a run or model, which may be a folder on this machine. */
  const sendBelow = async (request: IncomingMessage, response: ServerResponse, uri: string, relative: string): Promise<true> => {
    const root = pathOfUri(uri);
    if (root !== undefined) {
      return send(request, response, `${root}/${relative}`, findStored(`${root}/${relative}`));
    }
    const folder = localPath(uri);
    if (folder === undefined) {
      throw notHere(uri);
    }
    const found = await findInFolder(folder, relative);
    return send(request, response, relative, found === undefined ? undefined : { bytes: found.bytes, materialize: () => Promise.resolve({ path: found.file, release: () => Promise.resolve() }) });
  };

  /** Takes a file that a page uploads for a run. */
  const receiveUpload = async (request: IncomingMessage, query: URLSearchParams): Promise<void> => {
    const refuse = (what: string): Problem => new Problem('invalid-input', `Request must specify ${what}.`, { field: what });
    const runId = query.get('run_uuid') ?? query.get('run_id');
    if (runId === null || runId === '') {
      throw refuse('run_uuid');
    }
    const relative = query.get('path');
    if (relative === null || relative === '') {
      throw refuse('path');
    }
    const clean = checkArtifactPath(relative);
    if (request.headers['transfer-encoding'] === undefined && (request.headers['content-length'] ?? '0') === '0') {
      throw refuse('data');
    }
    const { artifact_uri: uri } = runs.find(runId);
    const root = pathOfUri(uri);
    const folder = root === undefined ? localPath(uri) : undefined;
    if (root === undefined && folder === undefined) {
      throw notHere(uri);
    }
    const content = limited(request.iterator({ destroyOnReturn: false }), mostPageUpload);
    await reading(request, () => (folder === undefined ? artifacts.put(`${root}/${clean}`, content) : putInFolder(folder, clean, content)));
    events.changed(runs.find(runId));
  };

  return async (request, response, pathname, query) => {
    const rest = /^\/(?:ajax-)?api\/2\.0\/mlflow-artifacts(\/.*)$/.exec(pathname)?.[1];
    if (rest !== undefined) {
      return proxied(request, response, rest, query);
    }
    const page = /^(?:\/ajax-api\/2\.0\/mlflow|\/api\/2\.0\/mlflow)?(\/.*)$/.exec(pathname)?.[1] ?? '';
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
      await receiveUpload(request, query);
      return sendJson(response, {});
    }
    return false;
  };
}
