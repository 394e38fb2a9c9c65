import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { discoverCompanion } from '../../../server/client/discover.ts';
import type { Endpoint } from '../../../server/contract/deployments.ts';
import { readGatewayLock } from '../../../server/gateway/lockFile.ts';
import { describeHome } from '../../../server/platform/home.ts';
import { isAlive } from '../../../server/platform/processEnd.ts';
import type { EndpointHome } from '../../server/deployments/endpointHome.ts';
import { readLog } from '../../server/gateway/harness.ts';
import { until } from '../until.ts';
import { lostOf } from './lost.ts';
import { startMlflowLoad } from './mlflowLoad.ts';
import { startPredictionLoad } from './predictionLoad.ts';

const parts = ['companion', 'gateway', 'replica', 'worker'] as const;
type Part = (typeof parts)[number];

export interface RandomKillPlan {
  /** A running companion, which nobody has asked to be left alone. */
  readonly home: EndpointHome;
  /** With two replicas or more, all ready. */
  readonly endpoint: string;
  readonly kills: number;
  readonly clients: number;
  readonly body: string;
  /** How long all is well between two kills; at random up to twice as long. */
  readonly meanMilliseconds: number;
  /** Told after each kill, for people. */
  readonly said?: (line: string) => void;
}

export interface RandomKillResult {
  readonly killed: Readonly<Record<Part, number>>;
  /** Requests that had their prediction, and changes that were acknowledged. */
  readonly answered: number;
  readonly acknowledged: number;
  /** What was acknowledged and is not there, requests that were answered and are not in the log, and those that were lost; empty where all is well. */
  readonly lost: readonly string[];
  /** Milliseconds from each kill until all was as before, by what was killed. */
  readonly recoveries: Readonly<Record<Part, readonly number[]>>;
}

/**
 * Kills companion, gateway, a replica or a worker, again and again and at random, while clients ask an endpoint and others log runs; what was killed has to
 * come back by itself. Linux: workers are found in `/proc`.
 */
export async function killAtRandom({ home, endpoint, kills, clients, body, meanMilliseconds, said = () => undefined }: RandomKillPlan): Promise<RandomKillResult> {
  const { url } = await home.endpoint(endpoint, isWell);
  const files = describeHome(home.root);
  const requests = startPredictionLoad(url, clients, body);
  const changes = startMlflowLoad(2);
  const recoveries: Record<Part, number[]> = { companion: [], gateway: [], replica: [], worker: [] };
  const well = (): Promise<Endpoint> => home.endpoint(endpoint, isWell);

  const gateway = async (): Promise<void> => {
    const { pid } = readGatewayLock(files) ?? missing('gateway');
    requests.gatewayIsGone();
    process.kill(pid, 'SIGKILL');
    await until(() => (readGatewayLock(files)?.pid ?? pid) !== pid);
    const before = requests.answered.size;
    await until(() => requests.answered.size > before);
    requests.gatewayIsBack();
  };
  const companion = async (): Promise<void> => {
    const { pid } = home.client().lock;
    changes.expectKill();
    process.kill(pid, 'SIGKILL');
    await until(() => !isAlive(pid));
    await changes.settled();
    // The gateway starts the next one; nobody else does.
    await until(async () => (await discoverCompanion(home.root)) !== undefined);
    const next = await home.start();
    changes.begin(next.lock);
  };
  const replica = async (): Promise<void> => {
    const { replicas } = await well();
    const { handle } = anyOf(replicas);
    // With its workers at once: those that only lose their parent end what they have begun.
    [Number(handle), ...childrenOf(Number(handle))].forEach((pid) => process.kill(pid, 'SIGKILL'));
    await home.endpoint(endpoint, (now) => isWell(now) && now.replicas.every((one) => one.handle !== handle));
  };
  const worker = async (): Promise<void> => {
    const { handle } = anyOf((await well()).replicas);
    const workers = childrenOf(Number(handle));
    const killed = anyOf(workers);
    process.kill(killed, 'SIGKILL');
    await until(() => {
      const now = childrenOf(Number(handle));
      return !now.includes(killed) && now.length >= workers.length;
    });
  };
  const kill: Readonly<Record<Part, () => Promise<void>>> = { gateway, companion, replica, worker };

  try {
    changes.begin(home.client().lock);
    for (let round = 0; round < kills; round += 1) {
      await pause(Math.random() * 2 * meanMilliseconds);
      // Each once before any comes again, so that a short run has all of them.
      const part = round < parts.length ? (parts[round] ?? anyOf(parts)) : anyOf(parts);
      const began = performance.now();
      await kill[part]();
      recoveries[part].push(performance.now() - began);
      said(`kill ${round + 1}, ${part}: back after ${Math.round(recoveries[part].at(-1) ?? 0)} ms; ${requests.answered.size} answered, ${requests.failures.length} lost`);
    }
    await well();
    await Promise.all([requests.stop(), changes.stop()]);
    const logged = new Set(readLog(files, endpoint).map(({ id }) => id));
    const lost = [
      ...requests.failures,
      ...changes.failures(),
      ...[...requests.answered].filter((id) => !logged.has(id)).map((id) => `${id} was answered and is not in the log`),
      ...(await lostOf(home.client(), home.root, changes.runs)),
    ];
    const killed = Object.fromEntries(parts.map((part) => [part, recoveries[part].length])) as Record<Part, number>;
    return { killed, answered: requests.answered.size, acknowledged: changes.acknowledged(), lost, recoveries };
  } finally {
    changes.expectKill();
    await Promise.all([requests.stop(), changes.stop()]);
  }
}

function isWell({ state, replicas, liveRelease, replicaCount }: Endpoint): boolean {
  const live = replicas.filter(({ release }) => release === liveRelease);
  return state === 'live' && live.length === replicaCount && replicas.every((one) => one.state === 'ready');
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number));
  } catch {
    return [];
  }
}

function anyOf<T>(all: readonly T[]): T {
  return all[Math.floor(Math.random() * all.length)] ?? missing('anything to kill');
}

function missing(what: string): never {
  throw new Error(`there is no ${what}`);
}
