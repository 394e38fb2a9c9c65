import { Readable } from 'node:stream';
import { Pool } from 'undici';
import { z } from 'zod';

/** A client of the MLflow REST API over kept connections. */
export interface TrackingClient {
  /** POSTs JSON; the answer's JSON. @throws Error with the answer when it is not 200 */
  post(path: string, body: unknown): Promise<unknown>;
  get(path: string): Promise<unknown>;
  createRun(): Promise<string>;
  /** Sends a file of that many bytes. */
  upload(path: string, bytes: number): Promise<void>;
  /** Reads a file to its end; the number of its bytes. */
  download(path: string): Promise<number>;
  close(): Promise<void>;
}

const created = z.object({ run: z.object({ info: z.object({ run_id: z.string() }) }) });
const api = '/api/2.0/mlflow';
const files = '/api/2.0/mlflow-artifacts/artifacts';
const chunkBytes = 1 << 20;

/** @param origin `http://host:port` */
export function connect(origin: string, headers: Readonly<Record<string, string>>, connections = 1): TrackingClient {
  const pool = new Pool(origin, { connections, pipelining: 1, bodyTimeout: 600_000, headersTimeout: 600_000 });

  const read = async (method: 'GET' | 'POST', path: string, body?: string): Promise<unknown> => {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await pool.request({ method, path: `${api}${path}`, headers: { ...headers, ...json }, ...(body === undefined ? {} : { body }) });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) {
      throw new Error(`${origin}${path} answered ${answer.statusCode}: ${text.slice(0, 500)}`);
    }
    return JSON.parse(text);
  };
  const post = (path: string, body: unknown): Promise<unknown> => read('POST', path, JSON.stringify(body));

  return {
    post,
    get: (path) => read('GET', path),
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
      const answer = await pool.request({ method: 'GET', path: `${files}/${path}`, headers });
      let bytes = 0;
      for await (const chunk of answer.body) {
        bytes += z.instanceof(Uint8Array).parse(chunk).byteLength;
      }
      if (answer.statusCode !== 200) {
        throw new Error(`GET ${path} answered ${answer.statusCode}.`);
      }
      return bytes;
    },
    close: () => pool.destroy(),
  };
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
