import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { ArtifactFile } from '../../artifacts/artifactFile.ts';
import type { TransferCredentials } from '../../contract/transfer.ts';
import { Problem } from '../../platform/errors.ts';
import { createMlflowConnection, type Patience } from './mlflowConnection.ts';
import { whyNoEntry } from './listedEntry.ts';
import { readRefusal, readText } from './mlflowRefusal.ts';

/** Several values of one name become repeated parameters. */
type Query = Readonly<Record<string, string | readonly string[]>>;

/** Calls of MLflow's REST protocol. What a server that is busy or restarting refuses is tried again, for about half a minute unless the patience says otherwise. */
export interface MlflowClient {
  /** Without credentials. */
  readonly url: string;
  /** @param version of the protocol, 2.0 unless given */
  get<S extends z.ZodType>(path: string, query: Query, answer: S, version?: '2.0' | '3.0'): Promise<z.output<S>>;
  send<S extends z.ZodType>(method: 'POST' | 'PATCH' | 'DELETE', path: string, body: object, answer: S): Promise<z.output<S>>;
  /** Every file below a folder of the proxied artifacts, relative to it. @param passOver told of entries that lead elsewhere */
  list(folder: string, passOver: (entry: string, why: string) => void): AsyncGenerator<ArtifactFile>;
  download(path: string, query?: Readonly<Record<string, string>>): AsyncIterable<Uint8Array>;
  /** @param bytes the length of the content, where it is known */
  upload(method: 'PUT' | 'POST', path: string, content: AsyncIterable<Uint8Array>, bytes: number | undefined): Promise<void>;
  close(): void;
}

const listing = z.object({
  files: z.array(z.object({ path: z.string(), is_dir: z.boolean().default(false), file_size: z.coerce.number().optional() })).default([]),
});
export const artifactRoute = '/api/2.0/mlflow-artifacts/artifacts';

export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** @param workspace of the server, where it has several; the default one unless given */
export function createMlflowClient(
  location: string,
  given: TransferCredentials | undefined,
  signal: AbortSignal,
  patience: Partial<Patience> = {},
  workspace?: string,
): MlflowClient {
  const connection = createMlflowConnection({ location, credentials: given, signal, patience, workspace });
  const { url } = connection;
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

  async function* list(folder: string, passOver: (entry: string, why: string) => void, prefix = ''): AsyncGenerator<ArtifactFile> {
    const path = prefix === '' ? folder : `${folder}/${prefix}`;
    const { files } = await parse(await connection.ask('GET', withQuery(artifactRoute, { path }), {}), listing);
    for (const { path: name, is_dir: isFolder, file_size: bytes } of files) {
      const below = prefix === '' ? name : `${prefix}/${name}`;
      const why = whyNoEntry(below, prefix);
      if (why !== undefined) {
        passOver(below, why);
      } else if (isFolder) {
        yield* list(folder, passOver, below);
      } else {
        yield { path: below, bytes };
      }
    }
  }

  return {
    url,
    get: async (path, query, schema, version = '2.0') => parse(await connection.ask('GET', withQuery(`/api/${version}/mlflow${path}`, query), {}), schema),
    async send(method, path, body, schema) {
      const text = JSON.stringify(body);
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      return parse(await connection.ask(method, `/api/2.0/mlflow${path}`, headers, text), schema);
    },
    list: (folder, passOver) => list(folder, passOver),
    async *download(path, query = {}) {
      const answer = await connection.ask('GET', withQuery(path, query), {});
      for await (const chunk of answer) {
        yield z.instanceof(Uint8Array).parse(chunk);
      }
      if (!answer.complete) {
        throw new Problem('unavailable', `${url} ended the download of ${path} too early.`);
      }
    },
    async upload(method, path, content, bytes) {
      const headers = { 'content-type': 'application/octet-stream', ...(bytes === undefined ? {} : { 'content-length': bytes }) };
      const answer = await connection.exchange(method, path, headers, content);
      if ((answer.statusCode ?? 0) >= 300) {
        throw await readRefusal(answer, `${method} ${path}`);
      }
      answer.resume();
    },
    close: () => connection.close(),
  };
}
