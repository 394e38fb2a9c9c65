import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { plural } from '../../server/contract/format/plural.ts';
import { percentile } from '../demo/load.ts';
import { openEndpointHome } from '../server/deployments/endpointHome.ts';
import { step } from '../setup/step.mjs';
import type { Bench, RowDeclaration, Sample, Trial } from './benchmark.ts';
import { preparePython } from './parts/python.ts';
import { prepareWrk } from './parts/wrk.ts';

const connections = [1, 16, 64];
const rollbacks = 100;
/** Long enough that every rollback meets requests under way, and none waits for the one before. */
const betweenMilliseconds = 100;
const model = 'rule';
const body = JSON.stringify({ dataframe_split: { columns: ['a', 'b'], data: [[1, 0]] } });

function rowsOf(count: number): RowDeclaration[] {
  const load = plural(count, 'connection');
  return [
    { key: 'middle', work: `rollback to a warm release under ${load}, p50 of ${rollbacks}`, unit: 'ms', goal: { kind: 'at-most', value: 50 } },
    { key: 'late', work: 'the same, p95', unit: 'ms' },
    { key: 'longest', work: 'the same, longest', unit: 'ms' },
    { key: 'failed', work: `requests that failed in ${rollbacks} rollbacks under ${load}`, unit: 'requests', goal: { kind: 'at-most', value: 0 } },
    { key: 'rate', work: 'requests answered meanwhile', unit: 'req/s' },
  ];
}

/** Going back and forth between two warm releases of an endpoint that is asked without a pause: companion, gateway and model servers are those of every deploy. */
export const rollback: Bench = {
  name: 'rollback',
  summary: `${rollbacks} rollbacks to a warm release under load`,
  rounds: 1,
  async prepare() {
    await preparePython();
    const folder = mkdtempSync(path.join(tmpdir(), 'slipway-bench-rollback-'));
    const wrk = await prepareWrk(folder);
    const home = await openEndpointHome();
    const releases: string[] = [];
    await step('Deploying two releases', async () => {
      await home.start();
      const versions = await home.register(model, 'steady', 'steady:1');
      for (const version of Object.values(versions)) {
        const { state, message, to } = await home.deploy({ name: model, model, version, strategy: { kind: 'all-at-once' } });
        if (state !== 'succeeded' || to === undefined) {
          throw new Error(`the deploy ended otherwise: ${message}`);
        }
        releases.push(to);
      }
    });
    const measured = async (count: number): Promise<Sample> => {
      const { url } = await home.endpoint(model);
      const load = wrk.start({ url: `${url}/invocations`, body }, count);
      const times: number[] = [];
      try {
        while (times.length < rollbacks) {
          await pause(betweenMilliseconds);
          const { liveRelease } = await home.endpoint(model);
          // By name: by itself a rollback never goes to a release that was just left.
          const to = releases.find((release) => release !== liveRelease);
          const began = performance.now();
          const { durationMs } = await home.client().call('rollBack', { name: model, ...(to === undefined ? {} : { to }) });
          if (durationMs === undefined) {
            throw new Error('the release was not warm');
          }
          times.push(performance.now() - began);
        }
      } catch (error) {
        await load.end();
        throw error;
      }
      const { failed, requests, seconds } = await load.end();
      return { middle: percentile(times, 0.5), late: percentile(times, 0.95), longest: Math.max(...times), failed, rate: requests / seconds };
    };
    return {
      trials: connections.map((count): Trial => ({ rows: rowsOf(count), ours: () => measured(count) })),
      close: async () => {
        await home.close();
        rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
      },
    };
  },
};
