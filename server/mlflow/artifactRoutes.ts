import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Problem, systemErrorCode } from '../errors.ts';
import type { Registry } from '../registry/registry.ts';
import type { ByteRange } from '../store/blobStore.ts';
import { checkArtifactPath, pathOfUri } from '../tracking/artifacts.ts';
import type { Tracking } from '../tracking/tracking.ts';
import { ProtocolError } from './failure.ts';

/** Answers a request for the content of artifacts; false when it is none. */
export type ArtifactHandler = (request: IncomingMessage, response: ServerResponse, pathname: string, query: URLSearchParams) => Promise<boolean>;

const types: Readonly<Record<string, string>> = {
  '.bin': 'application/octet-stream',
  '.css': 'text/css',
  '.csv': 'text/csv',
  '.gif': 'image/gif',
  '.html': 'text/html',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.log': 'text/plain',
  '.py': 'text/plain',
  '.yaml': 'text/plain',
  '.yml': 'text/plain',
  '.zip': 'application/zip',
};

function contentType(file: string): string {
  return path.posix.basename(file) === 'MLmodel' ? 'text/plain' : (types[path.posix.extname(file).toLowerCase()] ?? 'application/octet-stream');
}

/** The header that names a download; names beyond ASCII as RFC 6266 has it. */
function disposition(file: string): string {
  const name = path.posix.basename(file);
  const plain = name.replace(/[^\x20-\x7e]|["\\]/g, '_');
  return plain === name ? `attachment; filename="${plain}"` : `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name)}`;
}

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
    throw new Problem('invalid-input', `Invalid path: ${text}`, { field: 'path' });
  }
}

function sendJson(response: ServerResponse, value: object): true {
  const text = JSON.stringify(value);
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }).end(text);
  return true;
}

/** Files of 10 MB can be sent from MLflow's page. */
const mostPageUpload = 10 << 20;

async function* limited(content: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.byteLength;
    if (bytes > most) {
      throw new Problem('too-large', `Artifact size is too large. Max size is ${most / 1024 / 1024}MB.`);
    }
    yield chunk;
  }
}

/** Upload, download, list and delete of artifacts; contents are streamed from and to disk. */
export function createArtifactHandler(tracking: Tracking, registry: Registry): ArtifactHandler {
  const { artifacts, runs, models, events } = tracking.stores;

  const send = async (request: IncomingMessage, response: ServerResponse, file: string): Promise<true> => {
    const found = artifacts.find(file);
    if (found === undefined) {
      throw new Problem('not-found', `No such artifact: '${file}'`, { field: 'path' });
    }
    const headers = {
      'Content-Type': contentType(file),
      'Content-Disposition': disposition(file),
      'Accept-Ranges': 'bytes',
      ETag: `"${found.sha256}"`,
    };
    const range = readRange(request.headers.range, found.bytes);
    if (range === 'unsatisfiable') {
      response.writeHead(416, { 'Content-Range': `bytes */${found.bytes}`, 'Content-Length': 0 }).end();
      return true;
    }
    const length = range === undefined ? found.bytes : range.end - range.start + 1;
    const partial = range === undefined ? {} : { 'Content-Range': `bytes ${range.start}-${range.end}/${found.bytes}` };
    if (request.method === 'HEAD') {
      response.writeHead(200, { ...headers, 'Content-Length': found.bytes }).end();
      return true;
    }
    const { content } = await artifacts.open(file, range ?? {});
    response.writeHead(range === undefined ? 200 : 206, { ...headers, ...partial, 'Content-Length': length });
    await pipeline(content, response).catch((error: unknown) => {
      if (!isDisconnect(error)) {
        throw error;
      }
    });
    return true;
  };

  const receive = async (request: IncomingMessage, file: string, most?: number): Promise<void> => {
    checkArtifactPath(file);
    // An upload that fails, on a full disk for example, is read to its end, so that the client hears why.
    const body = request.iterator({ destroyOnReturn: false });
    try {
      await artifacts.put(file, most === undefined ? body : limited(body, most));
    } catch (error) {
      if (isDisconnect(error)) {
        throw new Problem('invalid-input', 'The request ended before its body was complete.', { cause: error });
      }
      request.resume();
      throw error;
    }
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
      const files = artifacts.list(query.get('path') ?? '').map(({ name, isFolder, bytes }) => ({
        path: name,
        is_dir: isFolder,
        ...(bytes === undefined ? {} : { file_size: bytes }),
      }));
      return sendJson(response, files.length === 0 ? {} : { files });
    }
    if (!rest.startsWith('/artifacts/')) {
      const what = rest.startsWith('/mpu/') ? 'Multipart upload' : rest.startsWith('/presigned') ? 'Presigned transfer' : undefined;
      if (what === undefined) {
        return false;
      }
      throw new ProtocolError(501, 'NOT_IMPLEMENTED', `${what} is not supported for the current artifact repository. Upload the file as a whole.`);
    }
    const file = decode(rest.slice('/artifacts/'.length));
    switch (request.method) {
      case 'PUT':
        await receive(request, file);
        return sendJson(response, {});
      case 'GET':
      case 'HEAD':
        return send(request, response, file);
      case 'DELETE':
        artifacts.delete(file);
        return sendJson(response, {});
      default:
        return false;
    }
  };

  const below = (uri: string, relative: string | null): string => {
    const root = pathOfUri(uri);
    if (root === undefined) {
      throw new Problem('invalid-input', `The artifacts at ${uri} are not on this server.`, { field: 'path' });
    }
    if (relative === null || relative === '') {
      throw new Problem('invalid-input', "Missing value for required parameter 'path'.", { field: 'path' });
    }
    checkArtifactPath(relative);
    return `${root}/${relative}`;
  };

  return async (request, response, pathname, query) => {
    const rest = /^\/(?:ajax-)?api\/2\.0\/mlflow-artifacts(\/.*)$/.exec(pathname)?.[1];
    if (rest !== undefined) {
      return proxied(request, response, rest, query);
    }
    const page = /^(?:\/ajax-api\/2\.0\/mlflow|\/api\/2\.0\/mlflow)?(\/.*)$/.exec(pathname)?.[1] ?? '';
    if (request.method === 'GET' && page === '/get-artifact') {
      const runId = query.get('run_id') ?? query.get('run_uuid') ?? '';
      return send(request, response, below(runs.find(runId).artifact_uri, query.get('path')));
    }
    if (request.method === 'GET' && page === '/model-versions/get-artifact') {
      const row = registry.stores.versions.find(query.get('name') ?? '', Number(query.get('version')));
      return send(request, response, below(row.storage_location ?? '', query.get('path')));
    }
    const modelId = /^\/logged-models\/([^/]+)\/artifacts\/files$/.exec(page)?.[1];
    if (request.method === 'GET' && modelId !== undefined) {
      return send(request, response, below(models.find(decode(modelId)).artifact_uri, query.get('artifact_file_path')));
    }
    if (request.method === 'POST' && page === '/upload-artifact') {
      const runId = query.get('run_uuid') ?? query.get('run_id') ?? '';
      await receive(request, below(runs.find(runId).artifact_uri, query.get('path')), mostPageUpload);
      return sendJson(response, {});
    }
    return false;
  };
}
