import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { type Batch, createBatch } from '../../../extension/notebooks/batch.ts';

describe('createBatch', () => {
  let sent: number[][] = [];
  let batch: Batch<number>;
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    let now = 0;
    mock.method(performance, 'now', () => now);
    sent = [];
    batch = createBatch({ send: (items) => void sent.push(items), firstMilliseconds: 50, distanceMilliseconds: 500, mostItems: 3, largestSize: 100 });
    pass = (milliseconds) => {
      now += milliseconds;
      mock.timers.tick(milliseconds);
    };
  });
  afterEach(() => void mock.reset());
  let pass: (milliseconds: number) => void = () => undefined;

  it('sends one that comes alone soon, and those that follow it together', () => {
    batch.add(1, 1);
    pass(49);
    assert.deepEqual(sent, []);
    pass(1);
    assert.deepEqual(sent, [[1]]);
    batch.add(2, 1);
    pass(300);
    batch.add(3, 1);
    pass(199);
    assert.deepEqual(sent, [[1]]);
    pass(1);
    assert.deepEqual(sent, [[1], [2, 3]]);
    pass(1000);
    batch.add(4, 1);
    pass(50);
    assert.deepEqual(sent.at(-1), [4]);
  });

  it('sends at once what is many or large, and what is there when it is told to', () => {
    [1, 2, 3].forEach((item) => void batch.add(item, 1));
    assert.deepEqual(sent, [[1, 2, 3]]);
    batch.add(4, 99);
    batch.add(5, 1);
    assert.deepEqual(sent.at(-1), [4, 5]);
    batch.add(6, 1);
    batch.flush();
    batch.flush();
    pass(5000);
    assert.deepEqual(sent, [[1, 2, 3], [4, 5], [6]]);
  });
});
