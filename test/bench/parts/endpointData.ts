import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { strategy } from '../../../server/contract/deployments.ts';
import type { Release } from '../../../server/contract/releases.ts';
import { createEndpointTable } from '../../../server/deployments/endpoints/endpointTable.ts';
import { createReplicaTable } from '../../../server/deployments/replicas/replicaTable.ts';
import { createRolloutTable } from '../../../server/deployments/rollouts/rolloutTable.ts';
import { steps } from '../../../server/deployments/rollouts/steps/steps.ts';
import type { CompanionContext } from '../../../server/platform/context.ts';
import { createReleaseTable } from '../../../server/releases/releaseTables.ts';

const packages = 90;
const files = 8;
const columns = 20;
const hour = 3_600_000;
const caller = { user: 'ada', program: 'bench' };

const digestOf = (name: string): string => createHash('sha256').update(name).digest('hex');

/** A release as large as that of a common model. */
function releaseOf(name: string, version: number, createdAt: number): Release {
  return {
    digest: digestOf(`${name} ${version}`),
    createdAt,
    model: {
      name,
      version,
      digest: digestOf(`model ${name} ${version}`),
      flavor: 'sklearn',
      files: Array.from({ length: files }, (_, index) => ({ path: `part-${index}.bin`, sha256: digestOf(`${name} ${version} ${index}`), bytes: 1000 * index })),
    },
    data: [],
    environment: {
      sha256: digestOf('lock'),
      python: '3.11',
      platform: 'linux-x86_64',
      packages: Array.from({ length: packages }, (_, index) => ({ name: `package-${index}`, version: `1.${index}.0` })),
    },
    serving: { workers: 1, requestTimeoutSeconds: 60, maxRequestBytes: 16_777_216, environment: {} },
    signature: { inputs: Array.from({ length: columns }, (_, index) => ({ name: `column_${index}`, type: 'double', required: true })), outputs: [] },
    hasExample: true,
  };
}

/** Writes endpoints, each with so many releases that were live one after the other, each by a rollout with a journal; the last two run. */
export function seedEndpoints({ database, home }: CompanionContext, endpoints: number, releases: number): string[] {
  const tables = { endpoints: createEndpointTable(database), replicas: createReplicaTable(database), rollouts: createRolloutTable(database), releases: createReleaseTable(database) };
  const begun = Date.now() - releases * hour;
  const names = Array.from({ length: endpoints }, (_, index) => `endpoint-${index}`);
  const deploy = (endpoint: string, version: number): void => {
    const at = begun + version * hour;
    const release = releaseOf(endpoint, version, at);
    tables.releases.insert(release);
    mkdirSync(path.join(home.releases, release.digest));
    const id = `${endpoint}-${version}`;
    const from = tables.endpoints.get(endpoint)?.live;
    tables.rollouts.create({ id, endpoint, kind: 'deploy', model: endpoint, version, server: undefined, target: 'process', replicaCount: 1, serving: release.serving, strategy: strategy.parse({ kind: 'all-at-once' }), from, to: release.digest, requestedBy: caller, reason: '', message: '', startedAt: at, step: 'preflight' });
    for (const { id: step, beginning } of steps) {
      tables.rollouts.write(id, { step, event: 'started', message: beginning });
      tables.rollouts.write(id, { step, event: 'finished', message: beginning });
    }
    tables.rollouts.change(id, { step: 'done', state: 'succeeded', weight: 100, endedAt: at + 1000 });
    tables.endpoints.goLive(endpoint, { release: release.digest, version, target: 'process', replicaCount: 1, at, rollback: false });
    if (version > releases - 2) {
      tables.replicas.create({ id: `r-${id}`, endpoint, release: release.digest, target: 'process', startedAt: at });
      tables.replicas.change(`r-${id}`, { state: 'ready', readyAt: at + 500, addresses: [`127.0.0.1:${40_000 + version}`] });
    }
  };
  database.transaction(() => {
    for (const name of names) {
      tables.endpoints.create({ name, model: name, target: 'process', replicaCount: 1, createdAt: begun });
      for (let version = 1; version <= releases; version += 1) {
        deploy(name, version);
      }
    }
  })();
  return names;
}
