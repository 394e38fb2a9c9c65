import { Readable, Writable } from 'node:stream';
import { Pool } from 'undici';
import { z } from 'zod';

/** A client of the MLflow REST API over kept connections. */
export interface TrackingClient {
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
  /** POSTs JSON; the answer's JSON. @throws Error with the answer when it is not 200 */
  post(path: string, body: unknown): Promise<unknown>;
  get(path: string): Promise<unknown>;
  /** GETs from the companion's own API. */
  panel(path: string): Promise<unknown>;
  /** Hears the companion's events until the client is closed; resolves once it does. */
  listen(heard: (event: unknown) => void): Promise<void>;
  createRun(): Promise<string>;
  /** Sends a file of that many bytes. */
  upload(path: string, bytes: number): Promise<void>;
  /** Reads a file to its end; the number of its bytes. */
  download(path: string): Promise<number>;
  close(): Promise<void>;
}

const created = z.object({ run: z.object({ info: z.object({ run_id: z.string() }) }) });
const api = '/api/2.0/mlflow';
const panelApi = '/api/slipway/v1';
const files = '/api/2.0/mlflow-artifacts/artifacts';
const chunkBytes = 1 << 20;

/** @param origin `http://host:port` */
export function connect(origin: string, headers: Readonly<Record<string, string>>, connections = 1): TrackingClient {
  const pool = new Pool(origin, { connections, pipelining: 1, bodyTimeout: 600_000, headersTimeout: 600_000 });

  const read = async (method: 'GET' | 'POST', path: string, body?: string): Promise<unknown> => {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await pool.request({ method, path, headers: { ...headers, ...json }, ...(body === undefined ? {} : { body }) });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) {
      throw new Error(`${origin}${path} answered ${answer.statusCode}: ${text.slice(0, 500)}`);
    }
    return JSON.parse(text);
  };
  const post = (path: string, body: unknown): Promise<unknown> => read('POST', `${api}${path}`, JSON.stringify(body));

  return {
    origin,
    headers,
    post,
    get: (path) => read('GET', `${api}${path}`),
    panel: (path) => read('GET', `${panelApi}${path}`),
    async listen(heard) {
      const answer = await pool.request({ method: 'GET', path: `${panelApi}/events`, headers });
      let text = '';
      const read = async (): Promise<void> => {
        for await (const chunk of answer.body.setEncoding('utf8')) {
          const messages = `${text}${String(chunk)}`.split('\n\n');
          text = messages.pop() ?? '';
          messages.filter((message) => message.startsWith('data: ')).forEach((message) => heard(JSON.parse(message.slice('data: '.length))));
        }
      };
      // The end of the client ends it.
      read().catch(() => undefined);
    },
    createRun: async () => created.parse(await post('/runs/create', { experiment_id: '0', start_time: Date.now() })).run.info.run_id,
    async upload(path, bytes) {
      const chunk = Buffer.alloc(chunkBytes, 'slipway');
      const content = function* (): Generator<Buffer> {
        for (let left = bytes; left > 0; left -= chunkBytes) {
          yield chunk.subarray(0, left);
        }
      };
      const body = Readable.from(content());
      const answer = await pool.request({ method: 'PUT', path: `${files}/${path}`, headers: { ...headers, 'content-length': String(bytes) }, body });
      await answer.body.dump();
      if (answer.statusCode !== 200) {
        throw new Error(`PUT ${path} answered ${answer.statusCode}.`);
      }
    },
    async download(path) {
      let bytes = 0;
      let status = 0;
      await pool.stream({ method: 'GET', path: `${files}/${path}`, headers }, ({ statusCode }) => {
        status = statusCode;
        return new Writable({
          highWaterMark: chunkBytes,
          write(chunk: Uint8Array, _encoding, done) {
            bytes += chunk.byteLength;
            done();
          },
        });
      });
      if (status !== 200) {
        throw new Error(`GET ${path} answered ${status}.`);
      }
      return bytes;
    },
    close: () => pool.destroy(),
  };
}

/** A point of a curve as a training logs it. */
export function metricOf(runId: string, step: number): object {
  return { run_id: runId, key: 'loss', value: 1 / (step + 1), timestamp: Date.now(), step };
}

/**
 * Repeats an action in each of some clients for a time.
 * @param act gets the number of the client and a count from 0 over all
 * @returns milliseconds of each action, and of the whole
 */
export async function repeat(clients: number, seconds: number, act: (client: number, count: number) => Promise<unknown>): Promise<{ times: number[]; elapsed: number }> {
  const times: number[] = [];
  const started = performance.now();
  const deadline = started + seconds * 1000;
  let count = 0;
  const client = async (_: unknown, index: number): Promise<void> => {
    do {
      count += 1;
      const asked = performance.now();
      await act(index, count - 1);
      times.push(performance.now() - asked);
    } while (performance.now() < deadline);
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { times, elapsed: performance.now() - started };
}
