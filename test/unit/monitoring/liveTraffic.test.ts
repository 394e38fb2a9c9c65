import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { emptyWindow } from '../../../server/monitoring/windows/accumulate.ts';
import { createLiveTraffic, type LiveTrafficAnswer, type LiveTrafficQuery } from '../../../server/monitoring/windows/liveTraffic.ts';
import { windowDatabase } from './windowDatabase.ts';

const minute = 60_000;
const hour = 60 * minute;
/** A whole hour, and 30 seconds. */
const now = 500_000 * hour + minute / 2;
const whole = 500_000 * hour;

describe('traffic of the times in which releases were live', () => {
  const { windows } = windowDatabase();

  const add = (endpoint: string, release: string, at: number, counts: { readonly requests: number; readonly serverErrors?: number; readonly clientErrors?: number; readonly span?: number; readonly milliseconds?: number }): void => {
    const { requests, span = minute, milliseconds = 10 } = counts;
    const window = { ...emptyWindow(), ...counts };
    for (let index = 0; index < requests; index += 1) {
      window.latency.add(milliseconds * 1000);
    }
    windows.add({ endpoint, release, at, span }, window);
  };
  const ask = (endpoint: string, spans: LiveTrafficQuery['spans'], gaps: LiveTrafficQuery['gaps'] = []): LiveTrafficAnswer => createLiveTraffic(windows)({ endpoint, spans, gaps }, now);

  it('is told apart for a release that was live twice, without what it got as a canary', () => {
    const spans = [
      { release: 'one', from: whole - 10 * minute, until: undefined },
      { release: 'two', from: whole - 40 * minute, until: whole - 10 * minute },
      { release: 'one', from: whole - 90 * minute, until: whole - 40 * minute },
    ];
    add('twice', 'one', whole - 80 * minute, { requests: 100, clientErrors: 3 });
    add('twice', 'two', whole - 50 * minute, { requests: 7 });
    add('twice', 'two', whole - 30 * minute, { requests: 60, serverErrors: 45, milliseconds: 80 });
    add('twice', '', whole - 20 * minute, { requests: 5, serverErrors: 5 });
    add('twice', 'one', whole - 8 * minute, { requests: 20 });
    add('twice', 'one', whole - 2 * minute, { requests: 4, milliseconds: 30 });
    const { spans: found, recent } = ask('twice', spans);
    assert.deepEqual(found.map(({ requests, serverErrors, clientErrors, unreached, p99 }) => [requests, serverErrors, clientErrors, unreached, Math.round(p99 ?? 0)]), [
      [24, 0, 0, 0, 30],
      [60, 45, 0, 5, 80],
      [100, 0, 3, 0, 10],
    ]);
    assert.deepEqual([recent?.requests, recent?.from, recent?.to, Math.round(recent?.p99 ?? 0)], [4, whole - 5 * minute, now, 30]);
  });

  it('counts a window for the one time that it shares most with, and says what that covers', () => {
    const old = whole - 100 * hour;
    const spans = [
      { release: 'one', from: old + 55 * minute, until: old + 3 * hour },
      { release: 'two', from: old + 50 * minute, until: old + 55 * minute },
      { release: 'one', from: old + 20 * minute, until: old + 50 * minute },
      { release: 'two', from: old + 15 * minute, until: old + 20 * minute - 1 },
      { release: 'one', from: old + 5 * minute, until: old + 15 * minute },
    ];
    add('hours', 'one', old, { requests: 30, span: hour });
    add('hours', 'one', old + hour, { requests: 8, span: hour });
    add('hours', 'two', old, { requests: 2, span: hour });
    const { spans: found, recent } = ask('hours', spans);
    assert.deepEqual(found.map(({ requests, from, to }) => [requests, from - old, to - old]), [
      [8, 55 * minute, 3 * hour],
      [2, 0, hour],
      [30, 0, hour],
      [0, 15 * minute, 20 * minute],
      [0, 5 * minute, 15 * minute],
    ]);
    assert.equal(recent, undefined);
  });

  it('has requests that the log does not say yet among the lost ones, and no latency before a request', () => {
    const spans = [{ release: 'one', from: whole - minute, until: undefined }];
    const { spans: [found], recent } = ask('silent', spans, [{ release: 'one', requests: 12, from: whole + 1000, to: whole + 2000 }]);
    assert.deepEqual([found?.requests, found?.lost, found?.p99], [0, 12, null]);
    assert.deepEqual([recent?.from, recent?.lost], [whole - minute, 12]);
  });

  it('reads what is older than some minutes once, and again when a release has taken over', () => {
    const read: number[] = [];
    const counted = createLiveTraffic({ traffic: (endpoint, from, to) => { read.push(to - from); return windows.traffic(endpoint, from, to); } });
    const first: LiveTrafficQuery = { endpoint: 'kept', spans: [{ release: 'one', from: whole - 300 * hour, until: undefined }], gaps: [] };
    add('kept', 'one', whole - 200 * hour, { requests: 50, span: hour, milliseconds: 90 });
    add('kept', 'one', whole, { requests: 2 });
    const look = (query: LiveTrafficQuery, at: number): number | undefined => {
      read.length = 0;
      return counted(query, at).spans.at(-1)?.requests;
    };
    assert.deepEqual([look(first, now), Math.max(...read) >= 299 * hour], [52, true]);
    add('kept', 'one', whole + minute, { requests: 3 });
    assert.deepEqual([look(first, now + minute), Math.max(...read) <= 2 * hour], [55, true]);
    const next = { ...first, spans: [{ release: 'two', from: now + minute, until: undefined }, { release: 'one', from: whole - 300 * hour, until: now + minute }] };
    assert.deepEqual([look(next, now + 2 * minute), Math.max(...read) >= 299 * hour], [55, true]);
    add('kept', 'one', whole - 190 * hour, { requests: 5, span: hour });
    assert.deepEqual([look(next, now + 3 * minute), look(next, now + 13 * minute)], [55, 60]);
  });
});
