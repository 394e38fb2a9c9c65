import type { IncomingMessage } from 'node:http';
import { checkArtifactPath, pathOfUri } from '../artifacts/artifactPath.ts';
import { Problem, systemErrorCode } from '../platform/errors.ts';
import { localPath } from '../tracking/artifactLocation.ts';
import { putInFolder } from '../tracking/local/folderArtifacts.ts';
import type { LocalTracking } from '../tracking/local/localTracking.ts';

type Stores = LocalTracking['stores'];

function isDisconnect(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE' || code === 'ABORT_ERR';
}

/** Reads the body of a request; the client hears of a failure after it has sent all. */
async function reading(request: IncomingMessage, read: () => Promise<unknown>): Promise<void> {
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
}

/** Takes a file that a client uploads below the artifact store. @throws Problem for a path that names no file there */
export async function receiveArtifact({ artifacts, runs, events }: Stores, request: IncomingMessage, file: string): Promise<void> {
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

/** Why what lies at this address can be neither sent nor received. */
export function notHere(uri: string): Problem {
  return new Problem('invalid-input', `The artifacts at ${uri} are not on this server.`, { field: 'path' });
}

/** Takes a file that a page uploads for a run. @throws Problem where the request lacks something, or the run's artifacts are elsewhere */
export async function receivePageUpload({ artifacts, runs, events }: Stores, request: IncomingMessage, query: URLSearchParams): Promise<void> {
  const refuse = (what: string, field = what): Problem => new Problem('invalid-input', `Request must specify ${what}.`, { field });
  const runId = [query.get('run_id'), query.get('run_uuid')].find((named) => named !== null && named !== '');
  if (typeof runId !== 'string') {
    throw refuse('run_id or run_uuid', 'run_id');
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
}
