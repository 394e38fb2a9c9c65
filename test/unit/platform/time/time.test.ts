import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { poll, pollWithin, until } from '../../../../server/platform/time/poll.ts';
import { createThrottle } from '../../../../server/platform/time/throttle.ts';
import { createTurn } from '../../../../server/platform/time/turn.ts';

describe('work in turn', () => {
  it('runs one at a time, in order, also behind one that fails', async () => {
    const inTurn = createTurn();
    const seen: string[] = [];
    const work = (name: string) => async (): Promise<string> => {
      seen.push(`begin ${name}`);
      await new Promise(setImmediate);
      seen.push(`end ${name}`);
      if (name === 'b') {
        throw new Error('lost');
      }
      return name;
    };
    const results = await Promise.allSettled(['a', 'b', 'c'].map((name) => inTurn(work(name))));
    assert.deepEqual(seen, ['begin a', 'end a', 'begin b', 'end b', 'begin c', 'end c']);
    assert.deepEqual(results.map((result) => (result.status === 'fulfilled' ? result.value : 'failed')), ['a', 'failed', 'c']);
  });
});

describe('a throttle', () => {
  it('calls at once, then once for all that was said in the time, with the last of it, for each key', (context) => {
    mock.timers.enable({ apis: ['setTimeout'] });
    context.after(() => mock.timers.reset());
    const calls: string[] = [];
    const throttle = createThrottle<number>(100, (key, value) => calls.push(`${key}${value}`));
    throttle.call('a', 1);
    throttle.call('a', 2);
    throttle.call('b', 1);
    throttle.call('a', 3);
    assert.deepEqual(calls, ['a1', 'b1']);
    mock.timers.tick(100);
    assert.deepEqual(calls, ['a1', 'b1', 'a3']);
    mock.timers.tick(100);
    throttle.call('a', 4);
    assert.deepEqual(calls, ['a1', 'b1', 'a3', 'a4']);
    throttle.call('a', 5);
    throttle.stop();
    mock.timers.tick(1000);
    assert.deepEqual(calls, ['a1', 'b1', 'a3', 'a4']);
  });
});

describe('polling', () => {
  it('asks until there is an answer', async () => {
    let asked = 0;
    assert.equal(await poll(() => ((asked += 1) < 3 ? undefined : 'there'), { every: 1 }), 'there');
    assert.equal(asked, 3);
  });

  it('asks once at least, and gives up in time', async () => {
    assert.equal(await pollWithin(-1, () => 'there', { every: 1 }), 'there');
    assert.equal(await pollWithin(-1, () => undefined, { every: 1 }), undefined);
    assert.deepEqual([await until(-1, () => true, { every: 1 }), await until(1, () => Promise.resolve(false), { every: 1 })], [true, false]);
  });

  it('ends with its signal, and with what goes wrong', async () => {
    await assert.rejects(poll(() => undefined, { every: 60_000, signal: AbortSignal.abort() }), { name: 'AbortError' });
    await assert.rejects(poll(() => Promise.reject(new Error('broken')), { every: 1 }), /broken/);
  });
});
