import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, it } from 'node:test';
import express from 'express';
import type { Incident } from '../../../server/contract/alerts.ts';
import type { EndpointSummary } from '../../../server/contract/deployments.ts';
import { fleetRoutes, type FleetEntry } from '../../../server/contract/fleet.ts';
import { changeSentence, needsSomebody, standingSentence } from '../../../server/contract/format/fleet.ts';
import type { Verdict } from '../../../server/contract/monitoring.ts';
import { describeFleet } from '../../../server/cli/fleetCommand.ts';
import { createFleet, type FleetSources } from '../../../server/fleet/fleet.ts';
import { answerFailure } from '../../../server/platform/http/failure.ts';
import { silentLog } from '../../../server/platform/log.ts';

const minute = 60_000;
const day = 1440 * minute;
const now = Date.now();

function endpoint(name: string, more: Partial<EndpointSummary> = {}): EndpointSummary {
  return { name, model: name, target: 'process', targetLabel: 'Process', replicaCount: 1, url: '', state: 'live', message: '', createdAt: now - 9 * day, liveRelease: 'r2', liveVersion: 2, route: { weights: [], byHeader: [] }, replicas: [], releaseCount: 1, warm: [], ...more };
}

function incident(id: number, of: string, more: Partial<Incident> = {}): Incident {
  return { id, endpoint: of, state: 'open', severity: 'warning', title: 'p99 is 2 s.', openedAt: now - 30 * minute, acknowledgedAt: null, resolvedAt: null, ...more };
}

const change = { before: { from: 0, to: day, requests: 900, serverErrors: 0, p50: 10, p99: 40 }, after: { from: day, to: 2 * day, requests: 800, serverErrors: 24, p50: 10, p99: 60 } };

/** Asks over HTTP as clients do. */
async function ask(sources: Partial<FleetSources>, path: string): Promise<Response> {
  const { router } = createFleet({
    endpoints: () => [],
    liveSpans: () => ({ live: { release: 'r2', from: now - 2 * day }, before: { release: 'r1' } }),
    incidents: () => new Map(),
    looks: () => ({}),
    traffic: (all) => Promise.resolve(all.map(({ endpoint: name }) => ({ endpoint: name, hour: { from: now - 60 * minute, to: now, requests: name === 'quiet' ? 0 : 50, serverErrors: 0, clientErrors: 0, lost: 0, p99: 20 }, lastAt: now - 3 * day, change }))),
    ...sources,
  });
  const app = express();
  app.use(router ?? assert.fail());
  app.use(answerFailure(silentLog));
  const server = createServer(app);
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const address = server.address();
  try {
    return await fetch(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}${path}`, { headers: { connection: 'close' } });
  } finally {
    server.close();
  }
}

async function fleetOf(sources: Partial<FleetSources>): Promise<FleetEntry[]> {
  return fleetRoutes.listFleet.output.parse(await (await ask(sources, '/fleet')).json()).endpoints;
}

describe('the fleet', () => {
  it('has those that need somebody first, each with since when', async () => {
    const found = await fleetOf({
      endpoints: () => [endpoint('well'), endpoint('quiet'), endpoint('old-incident'), endpoint('stopped', { state: 'stopped' }), endpoint('degraded', { state: 'degraded', message: 'One replica is gone.' }), endpoint('minor'), endpoint('critical'), endpoint('seen')],
      incidents: () => new Map([
        ['old-incident', incident(1, 'old-incident', { state: 'resolved', resolvedAt: now - 2 * day })],
        ['minor', incident(2, 'minor', { openedAt: now - 4 * day })],
        ['critical', incident(3, 'critical', { severity: 'critical' })],
        ['seen', incident(4, 'seen', { state: 'acknowledged', acknowledgedAt: now })],
      ]),
    });
    assert.deepEqual(found.map((entry) => [entry.endpoint, standingSentence(entry, now)]), [
      ['critical', 'Incident for 30 min. p99 is 2 s.'],
      ['minor', 'Incident for 4 days. p99 is 2 s.'],
      ['degraded', 'Degraded. One replica is gone.'],
      ['seen', 'Acknowledged for 30 min. p99 is 2 s.'],
      ['old-incident', 'Well for 2 days.'],
      ['well', 'Well for 9 days.'],
      ['quiet', 'No request for 3 days: nothing says how it does.'],
      ['stopped', 'Stopped.'],
    ]);
    assert.match(describeFleet(found, now), /minor.*2, 4 d ago/);
  });

  it('does not call an endpoint well of which the last look at drift says otherwise', async () => {
    const sentence = 'age (mean 30 → 40) has moved: data drift.';
    const moved: Verdict = { kind: 'inputs-moved', isWell: false, sentence, advice: null, suspects: [], notJudged: [] };
    const found = await fleetOf({
      endpoints: () => [endpoint('as-before'), endpoint('few'), endpoint('moved'), endpoint('quiet')],
      looks: (name) => ({ drift: { at: now, windowMinutes: 1440, seen: { verdict: name === 'as-before' ? { ...moved, kind: 'nothing-moved', isWell: true } : name === 'few' ? { ...moved, kind: 'not-evaluated' } : moved } } }),
    });
    assert.deepEqual(found.map((entry) => [entry.endpoint, entry.standing, needsSomebody(entry)]), [['moved', 'drifted', true], ['as-before', 'well', false], ['few', 'well', false], ['quiet', 'quiet', false]]);
    assert.match(describeFleet(found, now), /moved\S* Drifted\. age \(mean 30 → 40\) has moved/);
  });

  it('says what the live release changed, and nothing of too few requests', async () => {
    const [entry = assert.fail()] = await fleetOf({ endpoints: () => [endpoint('churn')] });
    assert.equal(changeSentence(entry, now), 'Since v2, 2 days ago, p99 is up 50% (40 ms → 60 ms) and errors went from 0% to 3%.');
    assert.equal(changeSentence({ ...entry, change: { ...change, after: { ...change.after, p99: 42, serverErrors: 0 } } }, now), 'Since v2, 2 days ago, p99 and errors are as before.');
    assert.equal(changeSentence({ ...entry, change: { ...change, after: { ...change.after, requests: 99 } } }, now), undefined);
  });

  it('answers for one endpoint, and names one that is not there', async () => {
    const sources = { endpoints: () => [endpoint('churn'), endpoint('fraud')] };
    assert.equal(fleetRoutes.getStanding.output.parse(await (await ask(sources, '/endpoints/fraud/standing')).json()).endpoint, 'fraud');
    const missing = await ask(sources, '/endpoints/gone/standing');
    assert.deepEqual([missing.status, ((await missing.json()) as { error: { field: string } }).error.field], [404, 'name']);
  });
});
