import { request as httpRequest, Agent, type IncomingMessage } from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { TransferCredentials } from '../../contract/transfer.ts';
import { Problem, systemErrorCode } from '../../platform/errors.ts';
import { authorization, splitCredentials } from './serverCredentials.ts';
import type { ArtifactFile } from '../../artifacts/artifactFile.ts';

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

/** A connection on which nothing came for too long. */
class Silence extends Error {
  override readonly name = 'Silence';
}

/** What people call the failures of a network; the rest goes by its code. */
const silences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (ECONNREFUSED)',
  ECONNRESET: 'the connection was cut (ECONNRESET)',
  ENOTFOUND: 'there is no host of that name (ENOTFOUND)',
  EAI_AGAIN: 'the name of the host cannot be looked up (EAI_AGAIN)',
  EHOSTUNREACH: 'there is no way to the host (EHOSTUNREACH)',
  ENETUNREACH: 'there is no way to its network (ENETUNREACH)',
  ETIMEDOUT: 'the connection was not made in time (ETIMEDOUT)',
  EPROTO: 'it does not speak TLS (EPROTO)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT)',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is self-signed (SELF_SIGNED_CERT_IN_CHAIN)',
  CERT_HAS_EXPIRED: 'its certificate has expired (CERT_HAS_EXPIRED)',
};

function describeSilence(failure: unknown): string {
  const code = systemErrorCode(failure);
  return code === undefined ? (failure instanceof Error ? failure.message : String(failure)) : (silences[code] ?? code);
}

/** Several values of one name become repeated parameters. */
type Query = Readonly<Record<string, string | readonly string[]>>;

export interface Patience {
  /** How often a call is made before its failure counts. */
  readonly attempts: number;
  /** Milliseconds that a connection may be silent. */
  readonly idleMilliseconds: number;
  /** Whether a call that met silence is made again. */
  readonly retriesSilence: boolean;
}

/** Calls of MLflow's REST protocol. What a server that is busy or restarting refuses is tried again, for about half a minute unless the patience says otherwise. */
export interface MlflowClient {
  /** Without credentials. */
  readonly url: string;
  /** @param version of the protocol, 2.0 unless given */
  get<S extends z.ZodType>(path: string, query: Query, answer: S, version?: '2.0' | '3.0'): Promise<z.output<S>>;
  send<S extends z.ZodType>(method: 'POST' | 'PATCH' | 'DELETE', path: string, body: object, answer: S): Promise<z.output<S>>;
  /** Every file below a folder of the proxied artifacts, relative to it. */
  list(folder: string): AsyncGenerator<ArtifactFile>;
  download(path: string, query?: Readonly<Record<string, string>>): AsyncIterable<Uint8Array>;
  /** @param bytes the length of the content, where it is known */
  upload(method: 'PUT' | 'POST', path: string, content: AsyncIterable<Uint8Array>, bytes: number | undefined): Promise<void>;
  close(): void;
}

const refusal = z.object({ error_code: z.string().default(''), message: z.string().default('') });
const listing = z.object({
  files: z.array(z.object({ path: z.string(), is_dir: z.boolean().default(false), file_size: z.coerce.number().optional() })).default([]),
});
export const artifactRoute = '/api/2.0/mlflow-artifacts/artifacts';
const retried = new Set([408, 429, 500, 502, 503, 504]);
/** Enough to outlast a restart. */
const longPatience: Patience = { attempts: 6, idleMilliseconds: 120_000, retriesSilence: true };

export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer) {
    chunks.push(z.instanceof(Uint8Array).parse(chunk));
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** @param workspace of the server, where it has several; the default one unless given */
export function createMlflowClient(
  location: string,
  given: TransferCredentials | undefined,
  signal: AbortSignal,
  patience: Partial<Patience> = {},
  workspace?: string,
): MlflowClient {
  const { attempts, idleMilliseconds, retriesSilence } = { ...longPatience, ...patience };
  const { url, credentials } = splitCredentials(location, given);
  const secure = url.startsWith('https:');
  const agent = secure ? new TlsAgent({ keepAlive: true, maxSockets: 8 }) : new Agent({ keepAlive: true, maxSockets: 8 });
  const own = { ...authorization(credentials), ...(workspace === undefined ? {} : { 'x-mlflow-workspace': workspace }) };

  const exchange = async (
    method: string,
    path: string,
    headers: Readonly<Record<string, string | number>>,
    body: string | AsyncIterable<Uint8Array> | undefined,
  ): Promise<IncomingMessage> => {
    const request = (secure ? httpsRequest : httpRequest)(`${url}${path}`, { method, agent, headers: { ...own, ...headers }, signal });
    request.setTimeout(idleMilliseconds, () => request.destroy(new Silence(`no answer for ${idleMilliseconds / 1000} seconds`)));
    const answered = new Promise<IncomingMessage>((resolve, reject) => request.once('response', resolve).once('error', reject));
    let hasAnswered = false;
    // Whoever waits below hears of a failure.
    answered.then(
      () => {
        hasAnswered = true;
      },
      () => undefined,
    );
    if (body === undefined || typeof body === 'string') {
      request.end(body);
    } else {
      // A server that refuses closes before it has read everything; its answer says why.
      await pipeline(body, request).catch(async (error: unknown) => {
        await Promise.race([answered, wait(1000)]).catch(() => undefined);
        if (!hasAnswered) {
          throw error;
        }
      });
    }
    return answered;
  };

  const refused = async (answer: IncomingMessage, what: string): Promise<MlflowRefusal> => {
    const text = await readText(answer);
    let code = '';
    let message = /^\s*</.test(text) ? 'a page, not the JSON of MLflow' : text.slice(0, 300);
    try {
      ({ error_code: code, message } = refusal.parse(JSON.parse(text)));
    } catch {
      // A proxy in between, or a page of HTML.
    }
    return new MlflowRefusal(answer.statusCode ?? 0, code, what, message);
  };

  const ask = async (method: string, path: string, headers: Readonly<Record<string, string | number>>, body?: string): Promise<IncomingMessage> => {
    for (let attempt = 1; ; attempt += 1) {
      let failure: unknown;
      try {
        const answer = await exchange(method, path, headers, body);
        if (answer.statusCode !== undefined && answer.statusCode >= 200 && answer.statusCode < 300) {
          return answer;
        }
        failure = await refused(answer, `${method} ${path.split('?')[0] ?? ''}`);
        if (answer.statusCode === 401 || answer.statusCode === 403) {
          throw new Problem('forbidden', `${url} refuses the login.`, {
            remedy: 'Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.',
            cause: failure,
          });
        }
        if (!retried.has(answer.statusCode ?? 0)) {
          throw failure;
        }
      } catch (error) {
        signal.throwIfAborted();
        if (Problem.is(error) || (error instanceof MlflowRefusal && !retried.has(error.status))) {
          throw error;
        }
        failure = error;
      }
      if (attempt === attempts || (failure instanceof Silence && !retriesSilence)) {
        throw failure instanceof MlflowRefusal
          ? failure
          : new Problem('unavailable', `${url} does not answer: ${describeSilence(failure)}.`, { remedy: 'Check the URL and that the server runs.', cause: failure });
      }
      await wait(250 * 2 ** attempt, undefined, { signal });
    }
  };
  const parse = async <S extends z.ZodType>(answer: IncomingMessage, schema: S): Promise<z.output<S>> => {
    const text = await readText(answer);
    let value: unknown;
    try {
      value = text === '' ? {} : JSON.parse(text);
    } catch (cause) {
      throw new Problem('unavailable', `${url} does not speak MLflow's protocol.`, { remedy: 'Give the URL that MLFLOW_TRACKING_URI would hold.', cause });
    }
    return schema.parse(value);
  };
  const withQuery = (path: string, query: Query): string => {
    const pairs = Object.entries(query).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : value.map((one) => [name, one])));
    const text = new URLSearchParams(pairs).toString();
    return text === '' ? path : `${path}?${text}`;
  };

  async function* list(folder: string, prefix = ''): AsyncGenerator<ArtifactFile> {
    const path = prefix === '' ? folder : `${folder}/${prefix}`;
    const { files } = await parse(await ask('GET', withQuery(artifactRoute, { path }), {}), listing);
    for (const { path: name, is_dir: isFolder, file_size: bytes } of files) {
      const below = prefix === '' ? name : `${prefix}/${name}`;
      if (isFolder) {
        yield* list(folder, below);
      } else {
        yield { path: below, bytes };
      }
    }
  }

  return {
    url,
    get: async (path, query, schema, version = '2.0') => parse(await ask('GET', withQuery(`/api/${version}/mlflow${path}`, query), {}), schema),
    async send(method, path, body, schema) {
      const text = JSON.stringify(body);
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      return parse(await ask(method, `/api/2.0/mlflow${path}`, headers, text), schema);
    },
    list: (folder) => list(folder),
    async *download(path, query = {}) {
      const answer = await ask('GET', withQuery(path, query), {});
      for await (const chunk of answer) {
        yield z.instanceof(Uint8Array).parse(chunk);
      }
      if (!answer.complete) {
        throw new Problem('unavailable', `${url} ended the download of ${path} too early.`);
      }
    },
    async upload(method, path, content, bytes) {
      const headers = { 'content-type': 'application/octet-stream', ...(bytes === undefined ? {} : { 'content-length': bytes }) };
      const answer = await exchange(method, path, headers, content);
      if ((answer.statusCode ?? 0) >= 300) {
        throw await refused(answer, `${method} ${path}`);
      }
      answer.resume();
    },
    close: () => agent.destroy(),
  };
}
