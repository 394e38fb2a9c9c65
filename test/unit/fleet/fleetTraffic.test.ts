import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { emptyWindow } from '../../../server/monitoring/windows/accumulate.ts';
import { createFleetTraffic } from '../../../server/monitoring/windows/fleetTraffic.ts';
import { windowDatabase } from '../monitoring/windowDatabase.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const now = 500_000 * hour;

describe('traffic of the fleet', () => {
  const { windows } = windowDatabase();

  const add = (endpoint: string, release: string, at: number, span: number, requests: number, milliseconds: number, serverErrors = 0): void => {
    const window = { ...emptyWindow(), requests, serverErrors };
    for (let index = 0; index < requests; index += 1) {
      window.latency.add(milliseconds * 1000);
    }
    windows.add({ endpoint, release, at, span }, window);
  };

  it('is of the last hour, and compares the first day of a release with the last day of the one before', () => {
    add('churn', 'old', now - 3 * day, hour, 50, 10);
    add('churn', 'old', now - 2 * day - hour, hour, 50, 10);
    add('churn', 'new', now - 2 * day, hour, 200, 15, 4);
    add('churn', 'new', now - hour, minute, 30, 40);
    add('churn', 'old', now - 5 * minute, minute, 5, 10, 1);
    const [found = assert.fail()] = createFleetTraffic(windows)({ endpoints: [{ endpoint: 'churn', live: { release: 'new', from: now - 2 * day }, before: { release: 'old' } }] }, now);
    assert.deepEqual([found.hour.requests, found.hour.serverErrors, Math.round(found.hour.p99 ?? 0)], [35, 1, 40]);
    assert.equal(found.lastAt, now - 5 * minute);
    const { before: earlier, after: later } = found.change ?? assert.fail();
    assert.deepEqual([earlier.requests, Math.round(earlier.p99 ?? 0), later.requests, later.serverErrors, Math.round(later.p99 ?? 0)], [100, 10, 200, 4, 15]);
  });

  it('has nothing to compare before a second release, and no latency before a request', () => {
    const [found = assert.fail()] = createFleetTraffic(windows)({ endpoints: [{ endpoint: 'silent', live: { release: 'new', from: now - day }, before: undefined }] }, now);
    assert.deepEqual([found.hour.requests, found.hour.p99, found.lastAt, found.change], [0, null, null, null]);
  });

  it('reads what is over once, and the first day of a release once a minute while it goes on', () => {
    let reads = 0;
    const counted = createFleetTraffic({ lastAt: () => null, traffic: (...span) => { reads += 1; return windows.traffic(...span); } });
    const look = (at: number, from: number): number => {
      reads = 0;
      counted({ endpoints: [{ endpoint: 'churn', live: { release: 'new', from }, before: { release: 'old' } }] }, at);
      return reads;
    };
    const young = now - hour;
    assert.deepEqual([look(now, young), look(now + 1000, young), look(now + 2 * minute, young)], [3, 1, 2]);
    const old = now - 3 * day;
    assert.deepEqual([look(now, old), look(now + hour, old)], [3, 1]);
  });
});
