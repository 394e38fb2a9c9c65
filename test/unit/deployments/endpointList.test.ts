import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createEndpointTable, type EndpointTable } from '../../../server/deployments/endpoints/endpointTable.ts';
import { toEndpoint, toEndpointSummaries, toLiveSpan, type EndpointSources } from '../../../server/deployments/endpoints/toEndpoint.ts';
import { createReplicaTable, type ReplicaTable } from '../../../server/deployments/replicas/replicaTable.ts';
import { createRolloutTable, type RolloutTable } from '../../../server/deployments/rollouts/rolloutTable.ts';
import { openDatabase, type Database } from '../../../server/platform/database/database.ts';
import { release, rolloutTo } from './records.ts';

describe('an endpoint that has had many releases', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-endpoints-'));
  let database: Database;
  let endpoints: EndpointTable;
  let rollouts: RolloutTable;
  let replicaTable: ReplicaTable;
  /** Digests of the releases that were asked about. */
  let asked: string[] = [];

  const sources = (): EndpointSources => ({
    endpoints,
    rollouts,
    replicaTable,
    releases: {
      facts(digest) {
        asked.push(digest);
        return { model: { name: 'churn', version: 1 }, server: 'https://mlflow.example.com', requestTimeoutSeconds: 60 };
      },
      folder: () => folder,
    },
    gateway: { url: (name) => `http://127.0.0.1:5080/endpoints/${name}`, losses: () => [], modelErrors: () => undefined },
    traffic: { reaches: () => true, besideShares: () => ({ byHeader: [{ release: release(5), modelVersion: 5 }], shadow: undefined }), failure: () => undefined },
  });
  const churn = (): NonNullable<ReturnType<EndpointTable['get']>> => endpoints.get('churn') ?? assert.fail();

  before(() => {
    database = openDatabase(path.join(folder, 'slipway.db'));
    endpoints = createEndpointTable(database);
    rollouts = createRolloutTable(database);
    replicaTable = createReplicaTable(database);
    endpoints.create({ name: 'churn', model: 'churn', target: 'process', replicaCount: 1, createdAt: 1 });
    // The first one comes back between the others: it is one release with two times.
    for (const [at, version] of [1, 2, 3, 1, 4, 5, 6].entries()) {
      rollouts.create({ ...rolloutTo(version), id: `r-${at}`, startedAt: 1000 * at });
      rollouts.write(`r-${at}`, { step: 'switch', event: 'finished', message: 'done' });
      rollouts.change(`r-${at}`, { state: 'succeeded', step: 'done', endedAt: 1000 * at + 1 });
      endpoints.goLive('churn', { release: release(version), version, target: 'process', replicaCount: 1, at: 1000 * at + 1, rollback: false });
    }
    for (const version of [5, 6]) {
      replicaTable.create({ id: `replica-${version}`, endpoint: 'churn', release: release(version), target: 'process', startedAt: 1 });
      replicaTable.change(`replica-${version}`, { state: 'ready', readyAt: 2, addresses: [`127.0.0.1:4000${version}`] });
    }
  });
  after(() => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is listed as it is now, whatever it was, without asking about what it was', () => {
    asked = [];
    const [summary] = toEndpointSummaries([churn()], sources());
    assert.ok(summary !== undefined);
    assert.ok(!('history' in summary) && summary.rollout !== undefined && !('journal' in summary.rollout));
    assert.deepEqual([summary.state, summary.liveVersion, summary.liveServer, summary.releaseCount], ['live', 6, 'https://mlflow.example.com', 6]);
    assert.deepEqual(summary.route.weights, [{ release: release(6), modelVersion: 6, weight: 100 }]);
    assert.deepEqual(summary.route.byHeader, [{ release: release(5), modelVersion: 5 }]);
    assert.deepEqual(summary.warm, [{ release: release(5), modelVersion: 5, server: 'https://mlflow.example.com' }]);
    assert.deepEqual([...new Set(asked)].sort(), [release(5), release(6)]);
  });

  it('has its history and journal when it is asked for alone', () => {
    const { history, rollout, rollbackTo, ...rest } = toEndpoint(churn(), sources());
    assert.equal(rollbackTo, release(5));
    assert.deepEqual(history.map(({ modelVersion, readiness, liveFrom }) => [modelVersion, readiness, liveFrom]), [[6, 'live', 6001], [5, 'warm', 5001], [4, 'cold', 4001], [1, 'cold', 3001], [3, 'cold', 2001], [2, 'cold', 1001]]);
    assert.deepEqual(rollout?.journal.map(({ event, label }) => [event, label]), [['finished', 'Switch traffic']]);
    const [listed] = toEndpointSummaries([churn()], sources());
    assert.deepEqual({ ...rest, rollout }, { ...listed, rollout: { ...listed?.rollout, journal: rollout?.journal } });
  });

  it('says every time in which a version was live, by model, until it is deleted', () => {
    const spans = endpoints.spansOfModel('churn').map((span) => toLiveSpan(span, sources().releases));
    assert.deepEqual(spans.map(({ modelVersion, liveFrom, liveUntil }) => [modelVersion, liveFrom, liveUntil]), [[6, 6001, undefined], [5, 5001, 6001], [4, 4001, 5001], [1, 3001, 4001], [3, 2001, 3001], [2, 1001, 2001], [1, 1, 1001]]);
    assert.ok(spans.every(({ endpoint, server }) => endpoint === 'churn' && server === 'https://mlflow.example.com'));
    assert.deepEqual(endpoints.spansOfModel('fraud'), []);
    endpoints.setDesired('churn', 'deleted');
    assert.deepEqual(endpoints.spansOfModel('churn'), []);
    endpoints.setDesired('churn', 'running');
  });

  it('knows the version of a release that a rollout brought, also of one that never went live', () => {
    rollouts.create({ ...rolloutTo(7), id: 'r-failed', startedAt: 9000 });
    rollouts.change('r-failed', { state: 'failed', to: release(7) });
    assert.deepEqual([1, 6, 7, 8].map((version) => rollouts.versionOf('churn', release(version))), [1, 6, 7, undefined]);
  });
});
