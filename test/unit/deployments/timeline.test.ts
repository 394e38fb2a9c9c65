import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createEndpointTable, type EndpointTable } from '../../../server/deployments/endpoints/endpointTable.ts';
import { timelineOf } from '../../../server/deployments/endpoints/timeline.ts';
import { createRolloutTable, type RolloutTable } from '../../../server/deployments/rollouts/rolloutTable.ts';
import { auditKeyOf } from '../../../server/governance/auditKey.ts';
import { createAuditLog, type AuditLog } from '../../../server/governance/auditLog.ts';
import { openDatabase, type Database } from '../../../server/platform/database/database.ts';
import { askedBy } from '../../harness/askedBy.ts';
import { release, rolloutTo } from './records.ts';

const none = { from: 0, to: 0, requests: 0, serverErrors: 0, clientErrors: 0, unreached: 0, lost: 0, p99: null };

describe('the timeline of an endpoint', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-timeline-'));
  const start = Date.now() - 100_000;
  let clock = start;
  let database: Database;
  let endpoints: EndpointTable;
  let rollouts: RolloutTable;
  let audit: AuditLog;
  before(() => {
    database = openDatabase(path.join(folder, 'slipway.db'));
    endpoints = createEndpointTable(database);
    rollouts = createRolloutTable(database);
    audit = createAuditLog(database, auditKeyOf(randomBytes(32)), undefined, () => clock);
    endpoints.create({ name: 'churn', model: 'churn', target: 'process', replicaCount: 1, createdAt: start });
  });
  after(() => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A rollout that is asked for a second after `at`, and takes over two seconds later where it does. */
  const roll = (at: number, version: number, { fails = false, ...values }: Partial<Parameters<RolloutTable['create']>[0]> & { readonly fails?: boolean } = {}): void => {
    clock = start + at * 1000;
    const { id } = rollouts.create({ ...rolloutTo(version), requestedBy: askedBy('ada'), startedAt: clock, ...values, id: `${values.kind ?? 'deploy'}-${at}` });
    audit.append({ actor: askedBy('ada'), action: `${values.kind ?? 'deploy'}.requested`, subject: 'churn' });
    if (!fails) {
      endpoints.goLive('churn', { release: release(version), version, target: 'process', replicaCount: 1, at: clock + 2000, rollback: values.kind === 'rollback' });
    }
    rollouts.change(id, { state: fails ? 'failed' : 'succeeded', endedAt: clock + 3000 });
  };
  const write = (at: number, action: string): void => {
    clock = start + at * 1000;
    audit.append({ actor: askedBy('ada'), action, subject: 'churn' });
  };
  const ask = (): ReturnType<typeof timelineOf> =>
    timelineOf({ name: 'churn' }, { endpoints, rollouts, audit, releases: { facts: () => undefined }, requestLog: { liveTraffic: ({ spans }) => Promise.resolve({ spans: spans.map(({ from }) => ({ ...none, from })), recent: none }) } });

  it('is empty before anything has been live', async () => {
    assert.deepEqual(await ask(), { times: [] });
  });

  it('has each time with the rollout that brought it, and how much of it the endpoint was stopped', async () => {
    roll(0, 1);
    roll(10, 2, { fails: true, requestedBy: askedBy('eve') });
    roll(20, 2, { from: { release: release(1), version: 1 } });
    roll(30, 1, { kind: 'rollback', reason: 'Errors', requestedBy: { user: 'ada', program: 'companion' }, from: { release: release(2), version: 2 } });
    write(40, 'endpoint.stopped');
    write(45, 'endpoint.started');
    write(50, 'endpoint.stopped');
    // A deploy starts it, and what was live serves until the new release takes over.
    roll(60, 2, { requestedBy: askedBy('grace'), from: { release: release(1), version: 1 } });
    const { times, recent } = await ask();
    assert.deepEqual(recent, none);
    assert.deepEqual(
      times.map(({ modelVersion, liveFrom, liveUntil, broughtBy, stoppedMilliseconds, traffic }) => [
        modelVersion,
        (liveFrom - start) / 1000,
        liveUntil === undefined ? undefined : (liveUntil - start) / 1000,
        broughtBy?.rollout,
        broughtBy?.by,
        broughtBy?.automatic,
        broughtBy?.reason,
        broughtBy?.fromVersion,
        stoppedMilliseconds / 1000,
        traffic.from === liveFrom,
      ]),
      [
        [2, 62, undefined, 'deploy-60', 'grace', false, '', 1, 0, true],
        [1, 32, 62, 'rollback-30', 'ada', true, 'Errors', 2, 15, true],
        [2, 22, 32, 'deploy-20', 'ada', false, '', 1, 0, true],
        [1, 2, 22, 'deploy-0', 'ada', false, '', undefined, 0, true],
      ],
    );
  });
});
