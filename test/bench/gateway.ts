import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { plural } from '../../server/contract/format/plural.ts';
import { freePort } from '../../server/deployments/targets/process/freePort.ts';
import { processorSeconds } from '../harness/processorSeconds.ts';
import { say } from '../setup/step.mjs';
import type { Bench, RowDeclaration, Sample, Trial } from './benchmark.ts';
import { canPin } from './parts/pinned.ts';
import { startServer } from './parts/processes.ts';
import { treeOf } from './parts/processTree.ts';
import { findProgram, requireProgram } from './parts/programs.ts';
import { gatewayProxy, haproxyProxy, nginxProxy, quickAnswers, versionOf, type Proxy, type ProxyPlace } from './parts/proxies.ts';
import { prepareWrk, type Wrk, type WrkRequest } from './parts/wrk.ts';

const connections = [1, 16, 64];
const warmUpSeconds = 1;
const measuredSeconds = 4;
const directSeconds = 2;

/** A row with 20 numbers, as a client sends it. */
const body = JSON.stringify({ dataframe_split: { columns: Array.from({ length: 20 }, (_, index) => `column_${index}`), data: [Array.from({ length: 20 }, (_, index) => index / 7)] } });

function rowsOf(work: string): RowDeclaration[] {
  return connections.flatMap((count): RowDeclaration[] => {
    const load = `${work}, ${plural(count, 'connection')}`;
    return [
      { key: `cpu${count}`, work: `${load}, CPU per request`, unit: 'us', goal: { kind: 'ratio-at-most', value: 1.5 } },
      { key: `added${count}`, work: `${load}, added p50`, unit: 'ms', ...(count === 1 ? { goal: { kind: 'at-most', value: 0.15 } as const } : {}) },
      { key: `rate${count}`, work: load, unit: 'req/s' },
    ];
  });
}

/** Loads a proxy, and before each the server behind it, without one. */
async function measureProxy(wrk: Wrk, { server, url }: Proxy, direct: string): Promise<Sample> {
  const running = await startServer(server);
  const spent = (): number => treeOf(running.pid).reduce((sum, pid) => sum + processorSeconds(pid), 0);
  try {
    const sample: Record<string, number> = {};
    for (const count of connections) {
      const request: WrkRequest = { url, body };
      const alone = await wrk.load({ url: direct, body }, count, directSeconds);
      await wrk.load(request, count, warmUpSeconds);
      const before = spent();
      const through = await wrk.load(request, count, measuredSeconds);
      sample[`cpu${count}`] = ((spent() - before) * 1e6) / through.requests;
      sample[`added${count}`] = through.p50 - alone.p50;
      sample[`rate${count}`] = through.requests / through.seconds;
    }
    return sample;
  } finally {
    await running.stop();
  }
}

/** What the gateway costs in front of a server that answers at once, beside proxies that do nothing else. */
export const gatewayBench: Bench = {
  name: 'gateway',
  summary: 'the gateway beside nginx and HAProxy, in front of a server that answers at once',
  rounds: 3,
  async prepare() {
    const nginx = await requireProgram({ command: 'nginx', debian: 'nginx-light' });
    const haproxy = await findProgram({ command: 'haproxy', debian: 'haproxy' });
    if (!canPin) {
      say('Without taskset, or on one processor, the load and what is measured share processors: the figures are of both.');
    }
    const folder = mkdtempSync(path.join(tmpdir(), 'slipway-bench-gateway-'));
    const wrk = await prepareWrk(folder);
    const behind = await freePort();
    const backend = await startServer(quickAnswers(nginx, path.join(folder, 'behind'), behind));
    const direct = `http://127.0.0.1:${behind}/invocations`;
    let places = 0;
    const measured = async (proxy: (place: ProxyPlace) => Proxy, bodies: boolean): Promise<Sample> => {
      places += 1;
      const place = { folder: path.join(folder, `proxy-${places}`), port: await freePort(), behind, bodies };
      try {
        return await measureProxy(wrk, proxy(place), direct);
      } finally {
        rmSync(place.folder, { recursive: true, force: true });
      }
    };
    const nginxTrial = (bodies: boolean): Trial => ({
      rows: rowsOf(bodies ? 'bodies in the log' : 'no bodies in the log'),
      ours: () => measured(gatewayProxy, bodies),
      peer: { name: `nginx ${versionOf(nginx, '-v')}, 1 worker, ${bodies ? 'log with the bodies of requests' : 'log without bodies'}`, measure: () => measured((place) => nginxProxy(nginx, place), bodies) },
    });
    const trials = [nginxTrial(false), nginxTrial(true)];
    if (haproxy !== undefined) {
      trials.push({
        rows: rowsOf('no bodies in the log, beside HAProxy'),
        ours: () => measured(gatewayProxy, false),
        peer: { name: `HAProxy ${versionOf(haproxy, '-v')}, 1 thread, no log`, measure: () => measured((place) => haproxyProxy(haproxy, place), false) },
      });
    }
    return {
      trials,
      close: async () => {
        await backend.stop();
        rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
      },
    };
  },
};
