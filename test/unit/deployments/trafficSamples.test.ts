import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTrafficSamples } from '../../../server/deployments/rollouts/steps/trafficSamples.ts';
import type { TrafficCount } from '../../../server/deployments/rollouts/checks/check.ts';
import { LatencySketch } from '../../../server/gateway/latencySketch.ts';
import type { ReleaseStatistics } from '../../../server/gateway/statusReport.ts';

/** What the gateway counted of a release whose answers took so many milliseconds. */
function counted(milliseconds: readonly number[], values: Partial<ReleaseStatistics> = {}): ReleaseStatistics {
  const latency = new LatencySketch();
  milliseconds.forEach((each) => latency.add(each * 1000));
  return { release: 'r', since: 1, sinceGeneration: 1, requests: milliseconds.length, clientErrors: 0, serverErrors: 0, failedAttempts: 0, latency: latency.store(), ...values };
}

/** That the p99 of some requests is so many milliseconds. */
function assertClose({ latency }: TrafficCount, expected: number): void {
  const actual = (latency.quantile(0.99) ?? Number.NaN) / 1000;
  assert.ok( Math.abs(actual - expected) <= 0.01 * expected, `${actual} instead of ${expected}`);
}

const slow = new Array<number>(100).fill(900);
const quick = new Array<number>(50).fill(10);

describe('the traffic of a canary', () => {
  it('has the latency of the requests since the share came into force, not of those before', () => {
    const samples = createTrafficSamples();
    samples.since('one', 1, counted(slow), counted(quick));
    const { fresh, live } = samples.since('one', 1, counted([...slow, ...quick]), counted([...quick, ...slow]));
    assert.deepEqual([fresh.requests, live.requests], [50, 100]);
    assertClose(fresh, 10);
    assertClose(live, 900);
  });

  it('begins anew with each share', () => {
    const samples = createTrafficSamples();
    samples.since('one', 1, counted([]), counted([]));
    samples.since('one', 2, counted(slow), counted(slow));
    const { fresh } = samples.since('one', 2, counted(slow), counted([...slow, ...quick]));
    assert.deepEqual([fresh.requests, fresh.errors, fresh.refused, fresh.latency.count], [0, 0, 0, 0]);
  });

  it('reads the answers of a share once in a while, and anew with the next share', async () => {
    const samples = createTrafficSamples();
    let reads = 0;
    const read = async (): Promise<{ fresh: number[]; live: number[] }> => Promise.resolve({ fresh: [(reads += 1)], live: [] });
    const first = await samples.answers('one', 1, read);
    assert.deepEqual([first, await samples.answers('one', 1, read)], [{ fresh: [1], live: [] }, { fresh: [1], live: [] }]);
    assert.deepEqual(await samples.answers('one', 2, read), { fresh: [2], live: [] });
  });

  it('counts everything of a gateway that began anew, and knows no latency of one that tells none', () => {
    const samples = createTrafficSamples();
    samples.since('one', 1, counted(slow), counted(slow));
    const { fresh, live } = samples.since('one', 1, counted(quick, { since: 2 }), counted(slow, { latency: undefined }));
    assert.equal(fresh.requests, 50);
    assertClose(fresh, 10);
    assert.equal(live.latency.count, 0);
  });
});
