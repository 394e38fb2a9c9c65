import { execFile } from 'node:child_process';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { freePort } from '../../../server/deployments/targets/process/freePort.ts';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import type { CallInput } from '../../../server/contract/api.ts';
import type { Endpoint, Replica, Rollout } from '../../../server/contract/deployments.ts';
import { newHome, openCompanionHome } from '../../harness/testCompanion.ts';
import { nextLook } from '../../harness/until.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('log_models.py', import.meta.url));

/** The Python that the tests' set-up made, with mlflow and scikit-learn in it. */
export const python = process.env['SLIPWAY_TEST_PYTHON'] ?? fileURLToPath(new URL('../../../.cache/python/bin/python', import.meta.url));

/** The kinds of model that log_models.py makes. */
export type ModelKind = 'steady' | `steady:${number}` | 'fickle' | 'brittle' | 'slow' | 'broken' | 'heavy' | 'prying' | 'inlined' | 'alone' | 'pyfunc' | 'transformer' | 'pinned' | 'ranged' | 'xgboost' | 'lightgbm';

/** A data home with a real companion in a process of its own, its gateway and its replicas. */
export interface EndpointHome {
  readonly root: string;
  client(): CompanionClient;
  /** Starts the companion, again after {@link kill}. */
  start(): Promise<CompanionClient>;
  /** `kill -9` of the companion; gateway and replicas go on. */
  kill(): Promise<void>;
  /** Logs and registers models with an unmodified mlflow client; their version numbers by kind. */
  register<K extends ModelKind>(model: string, ...kinds: readonly K[]): Promise<Record<K, number>>;
  /** Deploys and waits for the end, whatever it is. */
  deploy(input: CallInput<'deploy'>): Promise<Rollout>;
  /** Waits until a rollout is as wanted; fails when it has ended otherwise. */
  rollout(id: string, wanted: (rollout: Rollout) => boolean): Promise<Rollout>;
  endpoint(name: string, wanted?: (endpoint: Endpoint) => boolean): Promise<Endpoint>;
  /** Stops everything; the folder stays. */
  end(): Promise<void>;
  /** Stops everything and removes the folder. */
  close(): Promise<void>;
}

const patienceMilliseconds = 540_000;

export async function openEndpointHome(environment: NodeJS.ProcessEnv = { SLIPWAY_TARGET: 'process' }, root = newHome()): Promise<EndpointHome> {
  const home = openCompanionHome(root);
  const gatewayPort = await freePort();
  let client: CompanionClient | undefined;
  const required = (): CompanionClient => {
    if (client === undefined) {
      throw new Error('the companion was not started');
    }
    return client;
  };
  const poll = async <T>(what: string, ask: () => Promise<T>, enough: (value: T) => boolean): Promise<T> => {
    const started = Date.now();
    for (;;) {
      const value = await ask();
      if (enough(value)) {
        return value;
      }
      if (Date.now() - started > patienceMilliseconds) {
        throw new Error(`waited in vain for ${what}: ${JSON.stringify(value, null, 1)}`);
      }
      await nextLook(started);
    }
  };
  const rollout: EndpointHome['rollout'] = (id, wanted) =>
    poll(
      `rollout ${id}`,
      () => required().call('getRollout', { id }),
      (found) => {
        if (wanted(found)) {
          return true;
        }
        if (hasEnded(found)) {
          throw new Error(`rollout ${id} ended otherwise: ${JSON.stringify(found, null, 1)}`);
        }
        return false;
      },
    );
  return {
    root: home.root,
    client: required,
    async start() {
      client = await home.start({ environment: { ...environment, SLIPWAY_GATEWAY_PORT: String(gatewayPort), SLIPWAY_PYTHON: python } });
      return client;
    },
    kill: () => home.kill(required()),
    async register(model, ...kinds) {
      const { trackingUriWithToken: trackingUri } = await required().call('getNotebookConnection', {});
      const { stdout } = await run(python, [script, model, ...kinds], {
        env: { ...process.env, MLFLOW_TRACKING_URI: trackingUri, GIT_PYTHON_REFRESH: 'quiet' },
        cwd: path.dirname(script),
      });
      const versions = z.record(z.string(), z.number()).parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
      return Object.fromEntries(kinds.map((kind) => [kind, versions[kind] ?? 0])) as Record<(typeof kinds)[number], number>;
    },
    async deploy(input) {
      const { id } = await required().call('deploy', input);
      return rollout(id, hasEnded);
    },
    rollout,
    endpoint: (name, wanted = () => true) => poll(`endpoint ${name}`, () => required().call('getEndpoint', { name }), wanted),
    end: () => home.end(),
    close: () => home.close(),
  };
}

export function hasEnded({ state }: Rollout): boolean {
  return state !== 'running' && state !== 'held';
}

export function liveReplica(endpoint: Endpoint): Replica {
  const found = endpoint.replicas.find(({ release }) => release === endpoint.liveRelease);
  if (found === undefined) {
    throw new Error(`${endpoint.name} has no live replica`);
  }
  return found;
}

/** One prediction for the column `a` through the endpoint's stable URL. */
export async function predict(url: string, a = 1, headers: Readonly<Record<string, string>> = {}): Promise<{ status: number; version: string | null; predictions: unknown }> {
  const answer = await fetch(`${url}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ dataframe_split: { columns: ['a', 'b'], data: [[a, 0]] } }),
  });
  const body: unknown = await answer.json();
  const parsed = z.object({ predictions: z.unknown() }).safeParse(body);
  return { status: answer.status, version: answer.headers.get('x-slipway-version'), predictions: parsed.success ? parsed.data.predictions : body };
}

/** What a model of the kind `prying` can do of the attempts that `rule.py` numbers, each 1 where it can. */
export async function pry(url: string, codes: readonly number[]): Promise<number[]> {
  const answer = await fetch(`${url}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ dataframe_split: { columns: ['a', 'b'], data: codes.map((code) => [code, 0]) } }),
  });
  return z.object({ predictions: z.array(z.number()) }).parse(await answer.json()).predictions;
}

/** Numbers of attempts in `rule.py`. */
export const attempt = { connection: 106, datagram: 107 } as const;

export interface Load {
  /** Ends the load; how many requests there were, by status and by answering version. */
  stop(): Promise<{ sent: number; failed: number; versions: Record<string, number> }>;
}

/** Clients that ask one after the other without a pause to breathe. */
export function startLoad(url: string, clients = 4, pauseMilliseconds = 40, a: () => number = () => 1): Load {
  let running = true;
  let sent = 0;
  let failed = 0;
  const versions: Record<string, number> = {};
  const all = Promise.all(
    Array.from({ length: clients }, async () => {
      while (running) {
        sent += 1;
        try {
          const { status, version } = await predict(url, a());
          failed += status === 200 ? 0 : 1;
          versions[version ?? 'none'] = (versions[version ?? 'none'] ?? 0) + 1;
        } catch {
          failed += 1;
        }
        // A test that fails before it stops its clients does not keep the file from ending.
        await pause(pauseMilliseconds, undefined, { ref: false });
      }
    }),
  );
  return {
    async stop() {
      running = false;
      await all;
      return { sent, failed, versions };
    },
  };
}
