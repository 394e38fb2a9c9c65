import type { IncomingMessage } from 'node:http';
import { Problem } from '../platform/errors.ts';
import { FloatLiteral } from '../platform/names.ts';
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

export type JsonObject = Readonly<Record<string, unknown>>;

export interface RequestBody {
  readonly object: JsonObject;
  /** The same with FloatLiteral for numbers such as 9.0: errors quote what the client wrote. */
  readonly asWritten: () => JsonObject;
}

/** A parameter list that takes the third argument of a reviver, which the compiler does not know yet. */
type ReviverArguments = readonly [key: string, value: unknown, context?: { readonly source?: string }];

function keepFloats(...[, value, context]: ReviverArguments): unknown {
  const source = context?.source ?? '';
  return typeof value === 'number' && Number.isInteger(value) && /[.eE]/.test(source) ? new FloatLiteral(source) : value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads the JSON object of a request; an empty body is an empty object. Old clients send a JSON text in a JSON string.
 * @throws ProtocolError or Problem when it is something else
 */
export async function readBody(request: IncomingMessage): Promise<RequestBody> {
  if (request.method === 'POST' || request.method === 'PUT') {
    const type = request.headers['content-type'];
    if (type === undefined) {
      throw new Problem('invalid-input', 'Bad Request. Content-Type header is missing.');
    }
    if (type.split(';', 1)[0]?.trim().toLowerCase() !== 'application/json') {
      throw new Problem('invalid-input', "Bad Request. Content-Type must be one of ['application/json'].");
    }
  }
  const body = await readAll(request);
  const text = body.toString('utf8');
  const first = text === '' ? null : parse(text);
  const inner = typeof first === 'string' ? first : text;
  const value = typeof first === 'string' && first !== '' ? parse(first) : first;
  if (value === null || value === '') {
    return { object: {}, asWritten: () => ({}) };
  }
  if (!isObject(value)) {
    throw new ProtocolError(400, 'BAD_REQUEST', 'The body must be a JSON object.');
  }
  return {
    object: value,
    asWritten() {
      const written: unknown = JSON.parse(inner, keepFloats);
      return isObject(written) ? written : value;
    },
  };
}
