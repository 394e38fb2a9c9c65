import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTrafficSamples } from '../../../server/deployments/rollouts/steps/trafficSamples.ts';
import { LatencySketch } from '../../../server/gateway/latencySketch.ts';
import type { ReleaseStatistics } from '../../../server/gateway/statusReport.ts';

/** What the gateway counted of a release whose answers took so many milliseconds. */
function counted(milliseconds: readonly number[], values: Partial<ReleaseStatistics> = {}): ReleaseStatistics {
  const latency = new LatencySketch();
  milliseconds.forEach((each) => latency.add(each * 1000));
  return { release: 'r', since: 1, sinceGeneration: 1, requests: milliseconds.length, clientErrors: 0, serverErrors: 0, failedAttempts: 0, latency: latency.store(), ...values };
}

function assertClose(actual: number | null, expected: number): void {
  assert.ok(actual !== null && Math.abs(actual - expected) <= 0.01 * expected, `${actual} instead of ${expected}`);
}

const slow = new Array<number>(100).fill(900);
const fast = new Array<number>(50).fill(10);

describe('the traffic of a canary', () => {
  it('has the latency of the requests since the share came into force, not of those before', () => {
    const samples = createTrafficSamples();
    samples.since('one', 1, counted(slow), counted(fast));
    const { canary, live } = samples.since('one', 1, counted([...slow, ...fast]), counted([...fast, ...slow]));
    assert.deepEqual([canary.requests, live.requests], [50, 100]);
    assertClose(canary.latencyP99, 10);
    assertClose(live.latencyP99, 900);
  });

  it('begins anew with each share', () => {
    const samples = createTrafficSamples();
    samples.since('one', 1, counted([]), counted([]));
    samples.since('one', 2, counted(slow), counted(slow));
    const { canary } = samples.since('one', 2, counted(slow), counted([...slow, ...fast]));
    assert.deepEqual(canary, { requests: 0, errors: 0, refused: 0, latencyP99: null });
  });

  it('counts everything of a gateway that began anew, and knows no latency of one that tells none', () => {
    const samples = createTrafficSamples();
    samples.since('one', 1, counted(slow), counted(slow));
    const { canary, live } = samples.since('one', 1, counted(fast, { since: 2 }), counted(slow, { latency: undefined }));
    assert.equal(canary.requests, 50);
    assertClose(canary.latencyP99, 10);
    assert.equal(live.latencyP99, null);
  });
});
