import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import express from 'express';
import { settings as settingsSchema } from '../../server/contract/settings.ts';
import { apiPrefix } from '../../server/contract/route.ts';
import { createDeploy } from '../../server/deployments/deployments.ts';
import { createGatewayControl } from '../../server/gateway/control.ts';
import { policyOf } from '../../server/governance/policy/modelPolicy.ts';
import { createAuditFeature } from '../../server/governance/auditFeature.ts';
import { openDatabase } from '../../server/platform/database/database.ts';
import { prepareHome } from '../../server/platform/home.ts';
import { createEventHub } from '../../server/platform/http/events.ts';
import { createJobs } from '../../server/platform/jobs/jobs.ts';
import { silentLog } from '../../server/platform/log.ts';
import { defaultTiming } from '../../server/platform/timing.ts';
import { createReleases } from '../../server/releases/releases.ts';
import { step } from '../setup/step.mjs';
import type { Bench, RowDeclaration, Sample } from './benchmark.ts';
import { seedEndpoints } from './parts/endpointData.ts';
import { readRepeatedly } from './parts/readRepeatedly.ts';

const endpoints = 10;
const releases = 50;
const reads = 50;

const rows: readonly RowDeclaration[] = [
  { key: 'first', work: `list of ${endpoints} endpoints with ${releases} releases each, first after a start, event loop`, unit: 'ms' },
  { key: 'list', work: 'the same list again, event loop', unit: 'ms', goal: { kind: 'at-most', value: 5 } },
  { key: 'bytes', work: 'the same list, size', unit: 'kB' },
  { key: 'detail', work: `one endpoint with its history of ${releases} releases, event loop`, unit: 'ms' },
];

function unused(): never {
  throw new Error('nothing is deployed here');
}

/** Processor time that this thread, the one of the event loop, takes for one answer to a client in another thread. */
async function busyWith(url: string, times: number): Promise<{ milliseconds: number; bytes: number }> {
  const before = process.threadCpuUsage();
  const bytes = await readRepeatedly(url, times);
  const { user, system } = process.threadCpuUsage(before);
  return { milliseconds: (user + system) / 1000 / times, bytes };
}

async function measureList(origin: string, one: string): Promise<Sample> {
  const list = `${origin}/endpoints`;
  const first = await busyWith(list, 1);
  const { milliseconds, bytes } = await busyWith(list, reads);
  const detail = await busyWith(`${list}/${one}`, reads);
  return { first: first.milliseconds, list: milliseconds, bytes: bytes / 1000, detail: detail.milliseconds };
}

/** What looking at the endpoints costs the companion, where each has had many releases. */
export const endpointsBench: Bench = {
  name: 'endpoints',
  summary: 'looking at endpoints that have had many releases',
  rounds: 5,
  async prepare() {
    const root = mkdtempSync(path.join(tmpdir(), 'slipway-bench-endpoints-'));
    const home = prepareHome(root);
    const database = openDatabase(home.database);
    const settings = settingsSchema.parse({});
    const context = { home, database, events: createEventHub(), log: silentLog, version: '0.0.0', settings: () => settings, jobs: createJobs({ database, log: silentLog }), timing: defaultTiming };
    const [one = ''] = await step('endpoints with their releases', () => Promise.resolve(seedEndpoints(context, endpoints, releases)));
    /** Features of their own, as after a start of the companion, which is not told to do anything. */
    const ours = async (): Promise<Sample> => {
      const { router } = createDeploy(context, {
        registry: { resolve: unused, setAlias: unused },
        releases: createReleases(context, { version: unused, files: unused, blobs: { materialize: unused } }),
        gateway: createGatewayControl(context),
        audit: createAuditFeature(context).log,
        policyOf: () => policyOf(undefined),
        awaited: () => [],
        requestLog: { count: unused, answers: unused, recorded: unused, compare: unused, compareCopies: unused, liveTraffic: unused },
      });
      const server = express().use(apiPrefix, router ?? unused()).listen(0, '127.0.0.1');
      await once(server, 'listening');
      try {
        const { port } = server.address() as AddressInfo;
        return await measureList(`http://127.0.0.1:${port}${apiPrefix}`, one);
      } finally {
        server.close();
      }
    };
    return {
      trials: [{ rows, ours }],
      close: () => {
        database.close();
        rmSync(root, { recursive: true, force: true });
        return Promise.resolve();
      },
    };
  },
};
