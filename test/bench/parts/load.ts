import { Pool } from 'undici';
import { percentile } from '../../demo/load.ts';

export interface Request {
  /** `http://host:port` */
  readonly origin: string;
  readonly path: string;
  /** JSON bodies, sent in turn. */
  readonly bodies: readonly string[];
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
}

/**
 * Keeps `connections` requests going for a time; each connection asks again as soon as it was answered.
 * @throws Error with the answer when one is not 200
 */
export async function load(request: Request, connections: number, seconds: number): Promise<LoadResult> {
  const pool = new Pool(request.origin, { connections, pipelining: 1 });
  const times: number[] = [];
  const started = performance.now();
  const deadline = started + seconds * 1000;
  let next = 0;
  const client = async (): Promise<void> => {
    while (performance.now() < deadline) {
      const body = request.bodies[next % request.bodies.length] ?? '';
      next += 1;
      const asked = performance.now();
      const answer = await pool.request({ method: 'POST', path: request.path, headers: { 'content-type': 'application/json' }, body });
      const text = await answer.body.text();
      times.push(performance.now() - asked);
      if (answer.statusCode !== 200) {
        throw new Error(`${request.origin}${request.path} answered ${answer.statusCode}: ${text.slice(0, 500)}`);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, client));
    const elapsed = (performance.now() - started) / 1000;
    return { requestsPerSecond: times.length / elapsed, p50Milliseconds: percentile(times, 0.5), p99Milliseconds: percentile(times, 0.99) };
  } finally {
    await pool.destroy();
  }
}
