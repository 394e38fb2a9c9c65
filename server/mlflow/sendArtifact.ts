import type { IncomingMessage, ServerResponse } from 'node:http';
import { useFile, type ByteRange, type LocalFile } from '../artifacts/blobs.ts';
import { Problem } from '../platform/errors.ts';
import { openContent } from '../platform/files/contentFile.ts';
import { ClientGone, sendFile } from '../platform/http/sendFile.ts';
import { contentType, disposition } from './contentType.ts';

/** The content of an artifact, here or in a folder of the user's. */
export interface StoredFile {
  readonly bytes: number;
  /** Changes with the content, where that is known. */
  readonly tag?: string;
  readonly materialize: () => Promise<LocalFile>;
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

/**
 * Answers with the content of an artifact, or the part of it that the request asks for; streamed from disk.
 * @param file what the answer calls it
 * @throws Problem `not-found` where there is none, or its content is gone
 */
export async function sendArtifact(request: IncomingMessage, response: ServerResponse, file: string, stored: StoredFile | undefined): Promise<true> {
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
}
