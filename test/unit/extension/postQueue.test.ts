import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createPostQueue, type PostQueue } from '../../../extension/notebooks/postQueue.ts';

interface Watched {
  readonly queue: PostQueue;
  readonly waits: unknown[];
  readonly losses: unknown[];
}

const busy = new Error('busy');
const refused = new Error('refused');

function watched(): Watched {
  const waits: unknown[] = [];
  const losses: unknown[] = [];
  const queue = createPostQueue({
    passes: (error) => error === busy,
    onWaiting: (error) => waits.push(error),
    onLost: (error) => losses.push(error),
    backoffMilliseconds: [1],
  });
  return { queue, waits, losses };
}

describe('a post queue', () => {
  test('keeps the order although the first job takes longest', async () => {
    const { queue } = watched();
    const done: number[] = [];
    for (const [index, delay] of [20, 5, 0].entries()) {
      queue.add(async () => {
        await new Promise((resolve) => setTimeout(resolve, delay));
        done.push(index);
      });
    }
    await queue.drain(5000);
    assert.deepEqual(done, [0, 1, 2]);
  });

  test('tries a job again until the failure has passed, and holds those behind it', async () => {
    const { queue, waits, losses } = watched();
    const done: string[] = [];
    let tries = 0;
    queue.add(() => {
      tries += 1;
      return tries < 3 ? Promise.reject(busy) : Promise.resolve(void done.push('first'));
    });
    queue.add(() => Promise.resolve(void done.push('second')));
    await queue.drain(5000);
    assert.deepEqual(done, ['first', 'second']);
    assert.deepEqual(waits, [busy, busy, undefined, undefined]);
    assert.deepEqual(losses, []);
  });

  test('reports a job that cannot succeed and goes on', async () => {
    const { queue, losses } = watched();
    const done: string[] = [];
    queue.add(() => Promise.reject(refused));
    queue.add(() => Promise.resolve(void done.push('next')));
    await queue.drain(5000);
    assert.deepEqual(losses, [refused]);
    assert.deepEqual(done, ['next']);
    assert.equal(queue.waiting, 0);
  });

  test('stops trying when it is stopped', async () => {
    const { queue } = watched();
    queue.add(() => Promise.reject(busy));
    queue.stop();
    await queue.drain(5000);
    assert.equal(queue.waiting, 0);
  });
});
