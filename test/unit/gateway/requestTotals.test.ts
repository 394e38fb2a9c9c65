import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRequestTotals, type RequestTotals } from '../../../server/gateway/requestTotals.ts';
import { routeFile, type RouteFile } from '../../../server/gateway/routeFile.ts';

function digest(index: number): string {
  return index.toString(16).padStart(64, '0');
}

function routes(endpoints: Record<string, readonly number[]>): RouteFile {
  return routeFile.parse({ format: 1, generation: 1, endpoints: Object.fromEntries(Object.entries(endpoints).map(([name, releases]) => [name, { releases: releases.map((index) => ({ release: digest(index), version: 1, weight: 1, replicas: [] })) }])) });
}

/** What was counted of an endpoint, by release and outcome, without what is 0. */
function countsOf(totals: RequestTotals, endpoint = 'churn'): [release: unknown, outcome: unknown, count: number][] {
  return totals.report().requests.flatMap(({ labels, value }) => (labels?.['endpoint'] === endpoint && value > 0 ? [[labels['release'], labels['outcome'], value]] : []));
}

describe('what the gateway counts for Prometheus', () => {
  it('has what became of each request, and in which bucket its time falls', () => {
    const totals = createRequestTotals();
    totals.follow(routes({ churn: [1] }));
    for (const [status, latencyUs, modelError] of [[200, 500], [200, 501], [400, 900], [400, 900, true], [499, 100], [502, 61_000_000]] as const) {
      totals.answered('churn', digest(1), { status, ...(modelError === true ? { modelError } : {}) }, latencyUs);
    }
    totals.answered('churn', undefined, { status: 503 }, 100);
    totals.answered('gone', digest(1), { status: 200 }, 100);
    assert.deepEqual(countsOf(totals), [
      [digest(1), 'success', 2], [digest(1), 'client_error', 1], [digest(1), 'client_gone', 1], [digest(1), 'model_error', 1], [digest(1), 'server_error', 1], ['none', 'server_error', 1],
    ]);
    const [histogram = assert.fail()] = totals.report().durations;
    assert.deepEqual([...Array.from(histogram.counts).slice(0, 3), histogram.counts[16]], [2, 3, 0, 1], 'a bound belongs to its bucket');
    assert.ok(Math.abs(histogram.sum - 61.002901) < 1e-9);
    assert.deepEqual(countsOf(totals, 'gone'), []);
  });

  it('does not fall when traffic moves away and back, and stays small over many releases', () => {
    const totals = createRequestTotals();
    for (let index = 0; index < 100; index += 1) {
      totals.follow(routes({ churn: [0, index + 1] }));
      totals.answered('churn', digest(0), { status: 200 }, 1);
      totals.answered('churn', digest(index + 1), { status: 200 }, 1);
    }
    totals.follow(routes({ churn: [100] }));
    totals.follow(routes({ churn: [0, 100] }));
    const counts = countsOf(totals);
    assert.equal(counts.length, 20);
    assert.deepEqual(counts.find(([release]) => release === digest(0)), [digest(0), 'success', 100]);
    assert.ok(counts.some(([release]) => release === digest(99)), 'the last one that left is still told of');
    totals.follow(routes({}));
    assert.deepEqual(totals.report().requests, []);
  });
});
