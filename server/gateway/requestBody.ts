import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** Bodies up to this size are held whole, so that another replica can be asked; larger ones stream through. */
const wholeBytes = 1024 * 1024;

/** A request's body on its way to a replica. */
export interface RequestBody {
  /** Held whole; it can be sent again. */
  readonly whole: Buffer | undefined;
  /** Sends what is not held whole; can be taken once. */
  stream(): Readable;
  /** As announced by the client; undefined for chunked bodies. */
  readonly announcedBytes: number | undefined;
  /** The first bytes, for the log, and how many came in all. */
  captured(): { readonly head: Buffer; readonly bytes: number };
}

const empty = Buffer.alloc(0);

function wholeBody(whole: Buffer): RequestBody {
  return { whole, stream: () => Readable.from([whole]), announcedBytes: whole.length, captured: () => ({ head: whole, bytes: whole.length }) };
}

/**
 * Reads a request's body until its end or until it is too large to hold.
 * @throws when the client goes away meanwhile
 */
export async function readRequestBody(request: IncomingMessage): Promise<RequestBody> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (encoding === undefined && (length === undefined || length === '0')) {
    request.resume();
    return wholeBody(empty);
  }
  const announcedBytes = length === undefined ? undefined : Number(length);
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      request.off('data', take);
      request.off('end', end);
      request.off('close', closed);
    };
    const take = (chunk: Buffer): void => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > wholeBytes) {
        request.pause();
        settle();
        resolve(streamedBody(request, Buffer.concat(chunks), announcedBytes));
      }
    };
    const end = (): void => {
      settle();
      resolve(wholeBody(chunks.length === 1 ? (chunks[0] ?? empty) : Buffer.concat(chunks)));
    };
    const closed = (): void => {
      settle();
      reject(new Error('the client went away'));
    };
    request.on('data', take);
    request.once('end', end);
    request.once('close', closed);
  });
}

function streamedBody(request: IncomingMessage, head: Buffer, announcedBytes: number | undefined): RequestBody {
  let bytes = head.length;
  async function* rest(): AsyncGenerator<Buffer> {
    yield head;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      yield chunk;
    }
  }
  return { whole: undefined, stream: () => Readable.from(rest(), { objectMode: false }), announcedBytes, captured: () => ({ head, bytes }) };
}
