import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { CallFailure } from '../../../server/client/callFailure.ts';
import { createCompanionClient, type CompanionClient } from '../../../server/client/companionClient.ts';
import type { Caller } from '../../../server/contract/caller.ts';
import { apiPrefix } from '../../../server/contract/route.ts';
import { describeNeed } from '../../../server/contract/deployments.ts';
import { describeMonitoring } from '../../../server/cli/monitoringCommands.ts';
import { exitCodeOf } from '../../../server/cli/exitCodes.ts';
import { summaryText } from '../../../webview/monitoring/summaries.ts';
import { distributionOf } from '../../../webview/ui/histogram.ts';
import { byPart } from '../../../webview/deployments/differenceParts.ts';

const window = { from: 0, to: 1, requests: 0, clientErrors: 0, serverErrors: 0, rows: 0, unreadBodies: 0, latency: null, lost: null };
const release = { release: 'a'.repeat(64), modelVersion: 1, liveFrom: 1, readiness: 'frozen' };
const rollout = {
  id: 'r', endpoint: 'churn', kind: 'rehearsal', model: 'churn', toVersion: 2, target: 'kubernetes', replicaCount: 1, strategy: { kind: 'bandit', perMinute: 5 }, state: 'rehearsing', step: 'rehearse', stepLabel: 'Rehearse', steps: [{ id: 'rehearse', label: 'Rehearse', share: 100, state: 'rehearsing' }], progress: 0, needs: [{ kind: 'approval', of: 'bob' }], allowable: [{ kind: 'network', host: 'example.org' }], promotable: false, cancellable: true, weight: 0,
  startedAt: 1, requestedBy: 'ada', message: '', journal: [{ at: 1, step: 'rehearse', label: 'Rehearse', event: 'rehearsed', message: '', needs: [] }],
};
const numeric = { kind: 'numeric', count: 1, missing: 0, invalid: 0, mean: 1, std: 0, min: 1, max: 1, histogram: null };

const endpoint = {
  name: 'churn', model: 'churn', target: 'kubernetes', targetLabel: 'Kubernetes', replicaCount: 1, url: 'http://127.0.0.1:1/endpoints/churn', state: 'hibernating', message: '', createdAt: 1, route: { weights: [] },
  replicas: [{ id: 'r', release: release.release, target: 'kubernetes', state: 'evicted', addresses: [], startedAt: 1, restarts: 0 }],
  releaseCount: 1, warm: [],
  rollout,
};

/** What a companion of a later version could answer, by path: more values, more kinds, more fields. */
const answers: Readonly<Record<string, { readonly status: number; readonly body: unknown }>> = {
  '/runs': {
    status: 200,
    body: {
      runs: [{ runId: 'r', experimentId: '0', name: 'late', status: 'PAUSED', source: 'replayed', startedAt: 1, user: 'ada', params: {}, metrics: {}, tags: {}, models: [], priority: 'high' }],
      truncated: false,
    },
  },
  '/endpoints/churn/monitoring': {
    status: 200,
    body: {
      endpoint: 'churn',
      from: 0,
      to: 1,
      total: window,
      windows: [],
      releases: [],
      features: [{ name: 'text', type: 'string', baseline: { kind: 'embedding', dimensions: 768 }, live: { kind: 'embedding', dimensions: 768 } }],
      predictions: { baseline: null, live: numeric },
      baselineSource: 'live-traffic',
      log: { bytes: 0, unreadBytes: 0, dropped: 0 },
    },
  },
  '/runs/r/artifact': { status: 200, body: { kind: 'video', bytes: 12, seconds: 3 } },
  '/endpoints/churn': {
    status: 200,
    body: { ...endpoint, history: [release] },
  },
  '/endpoints': { status: 200, body: { endpoints: [{ ...endpoint, tier: 'gold' }] } },
  '/tracking-server': { status: 200, body: { uri: '', login: 'passkey', waiting: [] } },
  '/models': { status: 429, body: { error: { reason: 'quota-exceeded', message: 'That is enough for today.', remedy: 'Wait until tomorrow.', until: 1 } } },
  '/experiments': { status: 200, body: { experiments: [{ experimentId: 1, name: 'churn' }] } },
  '/audit': { status: 200, body: 'not JSON' },
};

describe('a client of a companion that knows more', () => {
  let server: Server;
  before(async () => {
    server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://x').pathname.slice(apiPrefix.length);
      const { status, body } = answers[path] ?? { status: 404, body: {} };
      response.writeHead(status, { 'content-type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  after(() => server.close());

  const client = (caller?: Caller): CompanionClient => {
    const { port } = server.address() as AddressInfo;
    return createCompanionClient({ pid: 1, port, token: 't'.repeat(32), version: '9.9.9', startedAt: 0, proves: true }, caller);
  };
  const failureOf = async (call: Promise<unknown>): Promise<CallFailure> => {
    const error: unknown = await call.then(() => undefined, (thrown: unknown) => thrown);
    assert.ok(error instanceof CallFailure);
    return error;
  };

  it('takes values that it has no name for as text, and leaves out fields that it does not know', async () => {
    const { runs } = await client().call('listRuns', {});
    assert.deepEqual([runs[0]?.status, runs[0]?.source], ['PAUSED', 'replayed']);
    assert.ok(!('priority' in (runs[0] ?? {})));
    assert.equal((await client().call('getTrackingServer', {})).login, 'passkey');
  });

  it('takes members of a union that it has no name for as unknown ones, with their name', async () => {
    assert.deepEqual(await client().call('readRunArtifact', { runId: 'r', path: 'clip.mp4' }), { kind: 'unknown', name: 'video' });
    const monitoring = await client().call('getMonitoring', { name: 'churn' });
    assert.equal(monitoring.baselineSource, 'live-traffic');
    const [feature] = monitoring.features;
    assert.ok(feature !== undefined);
    assert.deepEqual(feature.live, { kind: 'unknown', name: 'embedding' });
    assert.deepEqual([summaryText(feature.live), distributionOf(feature.baseline, feature.live, String)], ['embedding', undefined]);
    assert.match(describeMonitoring(monitoring), /text.*embedding/);
  });

  it('takes an endpoint whose states, rollout and target it has no name for as they are', async () => {
    const endpoint = await client().call('getEndpoint', { name: 'churn' });
    const { rollout: shown } = endpoint;
    assert.deepEqual([endpoint.state, endpoint.replicas[0]?.state, endpoint.history[0]?.readiness], ['hibernating', 'evicted', 'frozen']);
    assert.deepEqual(shown?.needs.map(describeNeed), ['approval']);
    assert.deepEqual([shown?.kind, shown?.state, shown?.strategy, shown?.journal[0]?.event], ['rehearsal', 'rehearsing', { kind: 'unknown', name: 'bandit' }, 'rehearsed']);
  });

  it('takes a list of endpoints likewise', async () => {
    const [listed] = (await client().call('listEndpoints', {})).endpoints;
    assert.ok(listed !== undefined && !('tier' in listed));
    assert.deepEqual([listed.state, listed.replicas[0]?.state, listed.rollout?.state, listed.rollout?.steps[0]?.state], ['hibernating', 'evicted', 'rehearsing', 'rehearsing']);
  });

  it('keeps the words of a failure whose reason it has no name for', async () => {
    const failure = await failureOf(client().call('listModels', {}));
    assert.deepEqual([failure.reason, failure.message, failure.remedy, exitCodeOf(failure)], ['quota-exceeded', 'That is enough for today.', 'Wait until tomorrow.', 1]);
  });

  it('says what to do about an answer that it does not understand, for the program that it is a part of', async () => {
    const inEditor = await failureOf(client({ user: 'ada', program: 'editor' }).call('listExperiments', {}));
    assert.equal(inEditor.reason, 'mismatch');
    assert.match(inEditor.message, /version 9\.9\.9.*listExperiments.*experiments\.0\.experimentId/);
    assert.match(inEditor.remedy ?? '', /Reload Window/);
    const typed = await failureOf(client({ user: 'ada', program: 'command line' }).call('listAudit', {}));
    assert.deepEqual([typed.reason, exitCodeOf(typed)], ['mismatch', 5]);
    assert.match(typed.remedy ?? '', /Update the slipway command/);
  });

  it('shows parts of a difference that it has no name for by their own', () => {
    const difference = { part: 'policy', key: 'tier', before: '1', after: '2' };
    assert.deepEqual(byPart([difference]), [{ part: 'policy', title: 'policy', differences: [difference] }]);
  });
});
