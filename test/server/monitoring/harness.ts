import express from 'express';
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monitoring, monitoringRoutes, type LoggedRequest, type Monitoring } from '../../../server/contract/monitoring.ts';
import { release as releaseSchema, type Release } from '../../../server/contract/releases.ts';
import type { Signature } from '../../../server/contract/registry.ts';
import type { DataReference } from '../../../server/contract/notebooks.ts';
import { auditKeyOf } from '../../../server/governance/auditKey.ts';
import { createAuditLog } from '../../../server/governance/auditLog.ts';
import { Problem } from '../../../server/platform/errors.ts';
import type { Feature } from '../../../server/platform/feature.ts';
import { answerFailure } from '../../../server/platform/http/failure.ts';
import { silentLog } from '../../../server/platform/log.ts';
import { createMonitoring } from '../../../server/monitoring/monitoring.ts';
import { openTestHome, type TestHome } from '../gateway/harness.ts';

export const churnSignature: Signature = {
  inputs: [
    { name: 'age', type: 'long', required: true },
    { name: 'charges', type: 'double', required: true },
    { name: 'contract', type: 'string', required: true },
  ],
  outputs: [{ type: 'long', required: true }],
};

export function releaseOf(digest: string, signature: Signature, data: readonly DataReference[] = []): Release {
  return releaseSchema.parse({
    digest,
    createdAt: Date.now(),
    model: { name: 'churn', version: 1, digest: createHash('sha256').update(`model of ${digest}`).digest('hex'), flavor: 'sklearn', files: [] },
    data,
    environment: { sha256: digest, python: '3.12', platform: 'any', packages: [] },
    serving: {},
    signature,
    hasExample: false,
  });
}

export interface TestMonitoring {
  readonly test: TestHome;
  /** Releases that monitoring can ask for. */
  readonly releases: Map<string, Release>;
  /** Live release of each endpoint. */
  readonly live: Map<string, string>;
  /** Recorded examples by release. */
  readonly examples: Map<string, { readonly request: unknown; readonly response?: unknown }>;
  getMonitoring(endpoint: string, query?: Record<string, string>): Promise<Monitoring>;
  listRequests(endpoint: string, query?: Record<string, string>): Promise<LoggedRequest[]>;
  get(path: string): Promise<Response>;
  post(path: string, body: string, contentType?: string): Promise<Response>;
  /** Ends the monitoring as the end of its companion does. */
  stop(): Promise<void>;
  /** Starts it again over the same data home. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Monitoring over a real gateway, a real database and a real thread. */
export async function openTestMonitoring(): Promise<TestMonitoring> {
  const test = await openTestHome();
  const audit = createAuditLog(test.context.database, auditKeyOf(randomBytes(32)));
  const releases = new Map<string, Release>();
  const live = new Map<string, string>();
  const examples: TestMonitoring['examples'] = new Map();
  let feature: Feature;
  let server: Server;
  let base = '';

  const start = async (): Promise<void> => {
    feature = createMonitoring(test.context, {
      endpoint: (name) => (live.has(name) ? { liveRelease: live.get(name), versionOf: (release) => releases.get(release)?.model.version } : undefined),
      releases: {
        get(digest) {
          const found = releases.get(digest);
          if (found === undefined) {
            throw new Problem('not-found', `There is no release ${digest}.`);
          }
          return found;
        },
        example: (digest) => Promise.resolve(examples.get(digest)),
      },
      version: (name, version) => {
        const found = [...releases.values()].find(({ model }) => model.name === name && model.version === version);
        return found === undefined ? Promise.reject(new Problem('not-found', `There is no version ${version} of ${name}.`)) : Promise.resolve({ digest: found.model.digest, signature: found.signature });
      },
      gateway: test.control,
      audit,
      keptDays: () => 0,
    });
    const app = express();
    app.use(express.json({ limit: '64mb' }));
    if (feature.router !== undefined) {
      app.use(feature.router);
    }
    app.use(answerFailure(silentLog));
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await feature.start?.();
  };
  const stop = async (): Promise<void> => {
    await feature.stop?.();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const get = (path: string): Promise<Response> => fetch(`${base}${path}`);
  const read = async (path: string): Promise<unknown> => {
    const response = await get(path);
    if (response.status !== 200) {
      throw new Error(`${response.status}: ${await response.text()}`);
    }
    return response.json();
  };
  await start();

  return {
    test,
    releases,
    live,
    examples,
    get,
    post: (path, body, contentType = 'application/json') => fetch(`${base}${path}`, { method: 'POST', headers: { 'content-type': contentType }, body }),
    getMonitoring: async (endpoint, query = {}) => monitoring.parse(await read(`/endpoints/${endpoint}/monitoring?${new URLSearchParams(query).toString()}`)),
    listRequests: async (endpoint, query = {}) =>
      monitoringRoutes.listRequests.output.parse(await read(`/endpoints/${endpoint}/requests?${new URLSearchParams(query).toString()}`)).requests,
    stop,
    start,
    async close() {
      await stop();
      await test.close();
    },
  };
}
