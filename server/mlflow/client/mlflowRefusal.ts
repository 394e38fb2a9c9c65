import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { Problem } from '../../platform/errors.ts';

/** What a server answered to a request that it refused. */
export class MlflowRefusal extends Error {
  override readonly name = 'MlflowRefusal';
  readonly status: number;
  readonly code: string;
  /** The server's own words. */
  readonly said: string;

  constructor(status: number, code: string, what: string, said: string) {
    super(`${what} answered ${status}: ${said}`);
    this.status = status;
    this.code = code;
    this.said = said;
  }

  /** True for an answer that is not MLflow's JSON. */
  get isForeign(): boolean {
    return this.code === '';
  }

  /** True for what the server says it does not have. */
  static isMissing(error: unknown): boolean {
    return error instanceof MlflowRefusal && (error.status === 404 || error.code === 'RESOURCE_DOES_NOT_EXIST');
  }
}

/** What a call answers, or undefined where the server does not have it. */
export async function orUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (MlflowRefusal.isMissing(error)) {
      return undefined;
    }
    throw error;
  }
}

const refusal = z.object({ error_code: z.string().default(''), message: z.string().default('') });

/** A page of 200 runs with long params and tags has some 20 MB. */
const mostOfAnswer = 256 << 20;

/** @throws Problem `too-large` */
export async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    const piece = z.instanceof(Uint8Array).parse(chunk);
    bytes += piece.byteLength;
    if (bytes > mostOfAnswer) {
      throw new Problem('too-large', `an answer of the server holds more than ${mostOfAnswer >> 20} MB`);
    }
    chunks.push(piece);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What a server that refused says. @param what was asked of it */
export async function readRefusal(answer: IncomingMessage, what: string): Promise<MlflowRefusal> {
  const text = await readText(answer);
  let code = '';
  let message = /^\s*</.test(text) ? 'a page, not the JSON of MLflow' : text.slice(0, 300);
  try {
    ({ error_code: code, message } = refusal.parse(JSON.parse(text)));
  } catch {
    // A proxy in between, or a page of HTML.
  }
  return new MlflowRefusal(answer.statusCode ?? 0, code, what, message);
}
