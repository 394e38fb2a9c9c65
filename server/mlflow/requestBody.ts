import type { IncomingMessage } from 'node:http';
import { Problem } from '../errors.ts';
import { ProtocolError } from './failure.ts';

/** A dataset's profile may have 16 MB. */
const mostBytes = 64 << 20;

function readAll(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > mostBytes) {
        request.removeAllListeners('data');
        request.resume();
        reject(new Problem('too-large', `The body has more than ${mostBytes} bytes.`));
        return;
      }
      chunks.push(chunk);
    });
    request.once('end', () => {
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
    });
    request.once('error', reject);
    request.once('aborted', () => reject(new Problem('invalid-input', 'The request ended before its body was complete.')));
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ProtocolError(400, 'BAD_REQUEST', `The body is not JSON: ${error instanceof Error ? error.message : ''}`);
  }
}

/**
 * Reads the JSON object of a request; an empty body is an empty object. Old clients send a JSON text in a JSON string.
 * @throws ProtocolError or Problem when it is something else
 */
export async function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  if (request.method === 'POST' || request.method === 'PUT') {
    const type = request.headers['content-type'];
    if (type === undefined) {
      throw new ProtocolError(400, 'BAD_REQUEST', 'Bad Request. Content-Type header is missing.');
    }
    if (type.split(';', 1)[0]?.trim().toLowerCase() !== 'application/json') {
      throw new ProtocolError(400, 'BAD_REQUEST', "Bad Request. Content-Type must be one of ['application/json'].");
    }
  }
  const body = await readAll(request);
  if (body.length === 0) {
    return {};
  }
  const first = parse(body.toString('utf8'));
  const value = typeof first === 'string' && first !== '' ? parse(first) : first;
  if (value === null || value === '') {
    return {};
  }
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new ProtocolError(400, 'BAD_REQUEST', 'The body must be a JSON object.');
  }
  return value as Readonly<Record<string, unknown>>;
}
