import { createHash, randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { z } from 'zod';

export const pointsOfBatch = 10;
const callsOfRun = 150;
const createdRun = z.object({ run: z.object({ info: z.object({ run_id: z.string() }) }) });

/** What the companion said that it has of one run. */
export interface AcknowledgedRun {
  /** Steps of the metric `single`, and of `batch` those with which a batch of {@link pointsOfBatch} points begins. */
  readonly single: number[];
  readonly batches: number[];
  readonly params: Map<string, string>;
  readonly tags: Map<string, string>;
  /** Digest by the path of the artifact. */
  readonly artifacts: Map<string, string>;
}

/** Where the companion is now. */
export interface Address {
  readonly port: number;
  readonly token: string;
}

/** Clients that call MLflow's REST interface, one call after the other without a pause, as long as the companion is there. */
export interface MlflowLoad {
  readonly runs: ReadonlyMap<string, AcknowledgedRun>;
  /** Calls that were answered with 200 so far. */
  acknowledged(): number;
  /** The companion is there: the clients go on. */
  begin(address: Address): void;
  /** The companion is about to be killed: from now on a call may fail. */
  expectKill(): void;
  /** Resolves once the calls under way have ended, in whatever way. */
  settled(): Promise<void>;
  /** What failed while the companion was there. */
  failures(): readonly string[];
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

export function startMlflowLoad(clients: number): MlflowLoad {
  const runs = new Map<string, AcknowledgedRun>();
  const failures: string[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  let address: Address | undefined;
  let wake: (() => void)[] = [];
  let killing = false;
  let ended = false;
  let acknowledged = 0;
  let underWay = 0;
  let quiet: (() => void)[] = [];

  const send = (to: Address, method: string, path: string, body: string | Buffer): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const content = Buffer.from(body);
      const type = typeof body === 'string' ? 'application/json' : 'application/octet-stream';
      const call = request(
        { agent, host: '127.0.0.1', port: to.port, method, path: `/api/2.0/${path}`, headers: { authorization: `Bearer ${to.token}`, 'content-type': type, 'content-length': content.length } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
          response.on('error', reject);
        },
      );
      call.on('error', reject);
      call.end(content);
    });
  /** The answer of a call that was acknowledged; undefined where it may or may not have been done. */
  const call = async (to: Address, method: string, path: string, body: string | Buffer): Promise<string | undefined> => {
    underWay += 1;
    try {
      const { status, text } = await send(to, method, path, body);
      if (status === 200) {
        acknowledged += 1;
        return text;
      }
      failures.push(`${path} answered ${status}: ${text}`);
    } catch (error) {
      if (!killing) {
        failures.push(`${path}: ${String(error)}`);
      }
    } finally {
      underWay -= 1;
      if (underWay === 0) {
        quiet.forEach((resolve) => resolve());
        quiet = [];
      }
    }
    return undefined;
  };
  const post = (to: Address, route: string, body: object): Promise<string | undefined> => call(to, 'POST', `mlflow/${route}`, JSON.stringify(body));

  const companion = async (): Promise<Address | undefined> => {
    while (address === undefined && !ended) {
      await new Promise<void>((resolve) => wake.push(resolve));
    }
    return ended ? undefined : address;
  };
  const createRun = async (to: Address): Promise<string | undefined> => {
    const text = await post(to, 'runs/create', { experiment_id: '0', start_time: Date.now() });
    if (text === undefined) {
      return undefined;
    }
    const { run_id: id } = createdRun.parse(JSON.parse(text)).run.info;
    runs.set(id, { single: [], batches: [], params: new Map(), tags: new Map(), artifacts: new Map() });
    return id;
  };
  const client = async (): Promise<void> => {
    let runId: string | undefined;
    for (let count = 0; ; count += 1) {
      const to = await companion();
      if (to === undefined) {
        return;
      }
      if (runId === undefined || count % callsOfRun === 0) {
        runId = (await createRun(to)) ?? runId;
        continue;
      }
      const run = runs.get(runId);
      if (run !== undefined) {
        await actions[count % actions.length]?.({ runId, run, count, post: (route, body) => post(to, route, body), put: (path, body) => call(to, 'PUT', path, body) });
      }
    }
  };
  const all = Array.from({ length: clients }, client);

  return {
    runs,
    acknowledged: () => acknowledged,
    begin(at) {
      killing = false;
      address = at;
      const waiting = wake;
      wake = [];
      waiting.forEach((resolve) => resolve());
    },
    expectKill() {
      killing = true;
      address = undefined;
    },
    settled: () => (underWay === 0 ? Promise.resolve() : new Promise((resolve) => quiet.push(resolve))),
    failures: () => failures,
    async stop() {
      ended = true;
      address = undefined;
      wake.forEach((resolve) => resolve());
      await Promise.all(all);
      agent.destroy();
    },
  };
}

interface Turn {
  readonly runId: string;
  readonly run: AcknowledgedRun;
  readonly count: number;
  readonly post: (route: string, body: object) => Promise<string | undefined>;
  readonly put: (path: string, body: Buffer) => Promise<string | undefined>;
}

async function logMetric({ runId, run, count, post }: Turn): Promise<void> {
  if ((await post('runs/log-metric', { run_id: runId, key: 'single', value: count, timestamp: 1, step: count })) !== undefined) {
    run.single.push(count);
  }
}

async function logBatch({ runId, run, count, post }: Turn): Promise<void> {
  const first = count * pointsOfBatch;
  const metrics = Array.from({ length: pointsOfBatch }, (_, point) => ({ key: 'batch', value: point, timestamp: 1, step: first + point }));
  if ((await post('runs/log-batch', { run_id: runId, metrics })) !== undefined) {
    run.batches.push(first);
  }
}

async function logParam({ runId, run, count, post }: Turn): Promise<void> {
  if ((await post('runs/log-parameter', { run_id: runId, key: `param-${count}`, value: String(count) })) !== undefined) {
    run.params.set(`param-${count}`, String(count));
  }
}

async function setTag({ runId, run, count, post }: Turn): Promise<void> {
  if ((await post('runs/set-tag', { run_id: runId, key: `tag-${count}`, value: String(count) })) !== undefined) {
    run.tags.set(`tag-${count}`, String(count));
  }
}

/** Mostly small, each eighth of 300 kB: one of many is on its way when the companion is killed. */
async function logArtifact({ runId, run, count, put }: Turn): Promise<void> {
  const path = `0/${runId}/artifacts/file-${count}.bin`;
  const content = randomBytes(count % 8 === 0 ? 300_000 : 2000 + count);
  if ((await put(`mlflow-artifacts/artifacts/${path}`, content)) !== undefined) {
    run.artifacts.set(path, createHash('sha256').update(content).digest('hex'));
  }
}

/** In the order in which a client takes them, again and again. */
const actions: readonly ((turn: Turn) => Promise<void>)[] = [
  logMetric, logBatch, logParam, setTag, logMetric, logBatch, logMetric, logArtifact, logMetric, logBatch,
  logParam, logMetric, setTag, logBatch, logMetric, logMetric, logBatch, logMetric, logMetric,
];
