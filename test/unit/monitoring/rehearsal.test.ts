import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareAnswers, type AnsweredTwice } from '../../../server/monitoring/rehearsal/compareAnswers.ts';
import { flipSlices } from '../../../server/monitoring/rehearsal/flipSlices.ts';

function pair(id: string, inputs: Record<string, unknown>[], live: unknown[], fresh: unknown[]): AnsweredTwice {
  return { id, contentType: 'application/json', request: JSON.stringify({ dataframe_records: inputs }), live: JSON.stringify({ predictions: live }), fresh: JSON.stringify({ predictions: fresh }) };
}

describe('where rows flip', () => {
  const rows = Array.from({ length: 200 }, (_, index) => ({ tenure: index % 50, plan: index % 2 === 0 ? 'basic' : 'plus', noise: (index * 37) % 11 }));
  const columns = new Map<string, unknown[]>([
    ['noise', rows.map(({ noise }) => noise)],
    ['plan', rows.map(({ plan }) => plan)],
    ['tenure', rows.map(({ tenure }) => tenure)],
  ]);

  it('is a slice of two conditions, found among columns that say nothing', () => {
    const [slice] = flipSlices({ columns, flipped: rows.map(({ tenure, plan }) => tenure <= 9 && plan === 'basic') });
    assert.deepEqual([...(slice?.conditions ?? [])].sort(), ['plan is basic', 'tenure ≤ 9']);
    assert.deepEqual([slice?.rows, slice?.flipped], [20, 20]);
  });

  it('is nowhere when rows flip anywhere alike, or not at all', () => {
    assert.deepEqual(flipSlices({ columns, flipped: rows.map((_, index) => index % 7 === 0) }), []);
    assert.deepEqual(flipSlices({ columns, flipped: rows.map(() => false) }), []);
  });

  it('may be where a value is missing', () => {
    const tenure = rows.map((row, index) => (index % 5 === 0 ? null : row.tenure));
    const [slice] = flipSlices({ columns: new Map([['tenure', tenure]]), flipped: tenure.map((value) => value === null) });
    assert.deepEqual(slice, { conditions: ['tenure is missing'], rows: 40, flipped: 40 });
  });
});

describe('the answers of two releases', () => {
  it('are counted by what both say, row by row, with the request that each flip is in', () => {
    const found = compareAnswers([pair('one', [{ a: 1 }, { a: 2 }], [0, 1], [0, 0]), pair('two', [{ a: 3 }], [1], [1])], []);
    assert.deepEqual([found.rows, found.agreed, found.tolerance], [3, 2, undefined]);
    assert.deepEqual(found.flips, [{ requestId: 'one', row: 1, live: 1, fresh: 0 }]);
    assert.deepEqual(found.matrix.map(({ live, fresh, rows: count }) => [live, fresh, count]), [[0, 0, 1], [1, 0, 1], [1, 1, 1]]);
  });

  it('of numbers are alike within a tenth of their spread', () => {
    const values = Array.from({ length: 40 }, (_, index) => index);
    const found = compareAnswers([pair('one', values.map((a) => ({ a })), values, values.map((value) => (value < 10 ? value + 30 : value + 0.5)))], []);
    assert.ok(Math.abs((found.tolerance ?? 0) - 1.154) < 0.001, String(found.tolerance));
    assert.deepEqual([found.rows, found.agreed, found.matrix.length, found.flips.length], [40, 30, 0, 10]);
    assert.match(found.slices[0]?.conditions[0] ?? '', /^a ≤ \d+$/);
  });

  it('keep the columns of requests in step with their rows when a column is not in all of them, and leave out answers that do not fit', () => {
    const many = Array.from({ length: 15 }, (_, index) => index);
    const found = compareAnswers(
      [
        pair('without', many.map((a) => ({ a })), many.map(() => 0), many.map(() => 0)),
        pair('short', [{ a: 1 }, { a: 2 }], [0, 1], [0]),
        pair('with', many.map((a) => ({ a, plan: 'new' })), many.map(() => 0), many.map(() => 1)),
      ],
      [],
    );
    assert.deepEqual([found.rows, found.agreed], [30, 15]);
    assert.deepEqual(found.slices[0], { conditions: ['plan is new'], rows: 15, flipped: 15 });
  });

  it('are right or wrong where labels have come, by their names, truth values and the requests that they are of', () => {
    const pairs = [pair('one', [{ a: 1 }, { a: 2 }, { a: 3 }], [true, 'no', 'yes'], [false, 'no', 'no']), pair('two', [{ a: 4 }], ['yes'], ['no'])];
    const labels = [
      { request: 'one', row: 0, label: 1 },
      { request: 'one', row: 2, label: 'no' },
      { request: 'two', row: 0, label: 'maybe' },
      { request: 'three', row: 0, label: 'yes' },
    ];
    assert.deepEqual(compareAnswers(pairs, [], labels).right, { labels: 3, live: 1, fresh: 1 });
    assert.equal(compareAnswers(pairs, [], labels.slice(3)).right, undefined);
    assert.equal(compareAnswers([pair('one', [{ a: 1 }], [0.7], [0.2])], [], labels).right, undefined, 'a probability is not a class');
  });

  it('of numbers are right when they are nearer to the label', () => {
    const values = Array.from({ length: 30 }, (_, index) => index);
    const pairs = [pair('one', values.map((a) => ({ a })), values, values.map((value) => value + 2))];
    const labels = [
      { request: 'one', row: 0, label: 2.5 },
      { request: 'one', row: 1, label: 1 },
      { request: 'one', row: 2, label: 3 },
      { request: 'one', row: 3, label: 'unknown' },
    ];
    assert.deepEqual(compareAnswers(pairs, [], labels).right, { labels: 3, live: 2, fresh: 2 });
  });
});
