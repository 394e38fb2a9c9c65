import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { measure, median, summarize, type Bench } from '../../bench/benchmark.ts';

describe('a benchmark', () => {
  it('takes the middle value, or the mean of the middle two', () => {
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([4, 1, 3, 2]), 2.5);
  });

  it('measures ours and the peer in turn, each first in every other round, and closes what it prepared', async () => {
    const order: string[] = [];
    const bench: Bench = {
      name: 'sample',
      summary: '',
      rounds: 3,
      prepare: () =>
        Promise.resolve({
          trials: [
            {
              rows: [{ key: 'time', work: 'work', unit: 'ms' }],
              ours: () => Promise.resolve({ time: order.push('ours') }),
              peer: { name: 'peer', measure: () => Promise.resolve({ time: order.push('peer') }) },
            },
          ],
          close: () => Promise.resolve(void order.push('closed')),
        }),
    };
    const rows = await measure(bench, 3, () => undefined);
    assert.deepEqual(order, ['ours', 'peer', 'peer', 'ours', 'ours', 'peer', 'closed']);
    assert.deepEqual(rows, [{ work: 'work', unit: 'ms', ours: 4, peer: 3, peer_name: 'peer', ratio: 1.333, goal: null, goal_met: null }]);
  });

  it('says whether a goal is met, also one that is told in terms of the peer', () => {
    const row = { key: 'rate', work: 'work', unit: 'req/s' };
    const met = (kind: 'at-most' | 'at-least' | 'ratio-at-most' | 'ratio-at-least', value: number): boolean | null =>
      summarize({ ...row, goal: { kind, value } }, [{ rate: 100 }], [{ rate: 20 }], 'peer').goal_met;
    assert.deepEqual([met('at-most', 100), met('at-most', 99)], [true, false]);
    assert.deepEqual([met('at-least', 100), met('at-least', 101)], [true, false]);
    assert.deepEqual([met('ratio-at-least', 5), met('ratio-at-least', 6)], [true, false]);
    assert.deepEqual([met('ratio-at-most', 5), met('ratio-at-most', 4)], [true, false]);
    assert.equal(summarize({ ...row, goal: { kind: 'ratio-at-least', value: 5 } }, [{ rate: 100 }], [], undefined).goal_met, false);
  });

  it('refuses a row that no measurement gives', () => {
    assert.throws(() => summarize({ key: 'absent', work: 'nothing', unit: 's' }, [{ time: 1 }], [], undefined), /"nothing" was not measured/);
  });
});
