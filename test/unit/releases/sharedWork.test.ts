import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../../../server/platform/errors.ts';
import { createSharedWork } from '../../../server/releases/sharedWork.ts';

function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

const never = new AbortController().signal;
const quiet = (): void => undefined;

test('callers of the same key share one run and hear its progress', async () => {
  const shared = createSharedWork<number>();
  const { opened, open } = gate();
  let runs = 0;
  const work = async (progress: (line: string) => void): Promise<number> => {
    runs += 1;
    progress('first');
    await opened;
    progress('second');
    return 7;
  };
  const heard: string[] = [];
  const one = shared.run('key', (line) => heard.push(`one ${line}`), never, work);
  await new Promise(setImmediate);
  const two = shared.run('key', (line) => heard.push(`two ${line}`), never, work);
  open();
  assert.deepEqual(await Promise.all([one, two]), [7, 7]);
  assert.equal(runs, 1);
  assert.deepEqual(heard, ['one first', 'two first', 'one second', 'two second']);
});

test('the work goes on while one caller is left, and is cancelled with the last', async () => {
  const shared = createSharedWork<void>();
  let cancelled = false;
  const work = (_progress: unknown, signal: AbortSignal): Promise<void> =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        cancelled = true;
        reject(new Error('stopped'));
      });
    });
  const [first, second] = [new AbortController(), new AbortController()];
  const one = shared.run('key', quiet, first.signal, work);
  const two = shared.run('key', quiet, second.signal, work);
  first.abort();
  await assert.rejects(one, (error) => Problem.is(error, 'conflict'));
  assert.equal(cancelled, false);
  second.abort();
  await assert.rejects(two, (error) => Problem.is(error, 'conflict'));
  assert.equal(cancelled, true);
});

test('a caller that comes while a cancelled run still ends gets a run of its own', async () => {
  const shared = createSharedWork<string>();
  const { opened, open } = gate();
  const first = new AbortController();
  const slow = shared.run('key', quiet, first.signal, async () => {
    await opened;
    return 'old';
  });
  first.abort();
  await new Promise(setImmediate);
  const next = shared.run('key', quiet, never, () => Promise.resolve('new'));
  open();
  await assert.rejects(slow);
  assert.equal(await next, 'new');
});

test('a failure reaches every caller and does not stick', async () => {
  const shared = createSharedWork<number>();
  const fail = (): Promise<number> => Promise.reject(new Error('broken'));
  const both = await Promise.allSettled([shared.run('key', quiet, never, fail), shared.run('key', quiet, never, fail)]);
  assert.deepEqual(both.map(({ status }) => status), ['rejected', 'rejected']);
  assert.equal(await shared.run('key', quiet, never, () => Promise.resolve(1)), 1);
});
