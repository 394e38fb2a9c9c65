import { setTimeout as pause } from 'node:timers/promises';
import { processorSeconds } from '../processorSeconds.ts';
import { openCompanionHome } from '../testCompanion.ts';
import { until } from '../until.ts';
import { lostOf } from './lost.ts';
import { startMlflowLoad, type MlflowLoad } from './mlflowLoad.ts';

export interface KillPlan {
  readonly kills: number;
  readonly clients: number;
  /** A companion lives for a random time up to twice as long under load. */
  readonly meanMilliseconds: number;
  /** Told after each kill, for people. */
  readonly said?: (line: string) => void;
}

export interface KillResult {
  readonly kills: number;
  readonly acknowledged: number;
  /** While a companion was there. */
  readonly callsPerSecond: number;
  /** What was acknowledged and is not there, or is there in part; empty where all is well. */
  readonly lost: readonly string[];
  /** From each kill until the next companion answered, in milliseconds, the shortest first. */
  readonly restarts: readonly number[];
  /** Seconds of processor time of the companions and of the clients, while a companion was there: which of them was the bound. */
  readonly companionSeconds: number;
  readonly clientSeconds: number;
  /** Ports on which the companions listened. */
  readonly ports: readonly number[];
}

/**
 * Kills a companion again and again, at random moments, while clients log to it as fast as it answers, and then looks for all that was acknowledged.
 * @throws Error for a call that failed while the companion was there
 */
export async function killUnderLoad({ kills, clients, meanMilliseconds, said = () => undefined }: KillPlan): Promise<KillResult> {
  const home = openCompanionHome();
  const load = startMlflowLoad(clients);
  try {
    const restarts: number[] = [];
    const ports = new Set<number>();
    let [loaded, companionSeconds, clientSeconds] = [0, 0, 0];
    let port: number | undefined;
    let killedAt: number | undefined;
    for (let round = 1; round <= kills; round += 1) {
      const companion = await home.start(port === undefined ? {} : { port });
      ({ port } = companion.lock);
      ports.add(port);
      const begun = performance.now();
      if (killedAt !== undefined) {
        restarts.push(begun - killedAt);
      }
      const own = process.cpuUsage();
      await underLoad(load, companion.lock, Math.random() * 2 * meanMilliseconds);
      companionSeconds += processorSeconds(companion.lock.pid);
      load.expectKill();
      killedAt = performance.now();
      await home.kill(companion);
      loaded += killedAt - begun;
      const { user, system } = process.cpuUsage(own);
      clientSeconds += (user + system) / 1e6;
      await load.settled();
      if (load.failures().length > 0) {
        throw new Error(`calls failed while the companion was there:\n${load.failures().slice(0, 5).join('\n')}`);
      }
      said(`kill ${round}: ${load.acknowledged()} calls acknowledged, ${Math.round((load.acknowledged() * 1000) / loaded)} a second`);
    }
    await load.stop();
    const companion = await home.start(port === undefined ? {} : { port });
    restarts.push(performance.now() - (killedAt ?? 0));
    const lost = await lostOf(companion, home.root, load.runs);
    return {
      kills,
      acknowledged: load.acknowledged(),
      callsPerSecond: (load.acknowledged() * 1000) / loaded,
      lost,
      restarts: restarts.sort((a, b) => a - b),
      companionSeconds,
      clientSeconds,
      ports: [...ports],
    };
  } finally {
    load.expectKill();
    await load.stop();
    await home.close();
  }
}

/** Lets the clients call for so long, and at least until something was acknowledged. */
async function underLoad(load: MlflowLoad, lock: { readonly port: number; readonly token: string }, milliseconds: number): Promise<void> {
  const before = load.acknowledged();
  load.begin(lock);
  await pause(milliseconds);
  await until(() => load.acknowledged() > before || load.failures().length > 0);
}
