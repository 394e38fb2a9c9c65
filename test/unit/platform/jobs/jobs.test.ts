import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { z } from 'zod';
import { openDatabase, type Database } from '../../../../server/platform/database/database.ts';
import { Problem } from '../../../../server/platform/errors.ts';
import type { JobEnd, JobKind, JobQueue } from '../../../../server/platform/jobs/job.ts';
import { createJobs, type Jobs } from '../../../../server/platform/jobs/jobs.ts';
import { judgeProblem, pauseAfter } from '../../../../server/platform/jobs/retry.ts';
import { silentLog } from '../../../../server/platform/log.ts';
import { until } from '../../../harness/until.ts';

interface Word {
  readonly word: string;
}
const payload = z.object({ word: z.string() });

interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

function gate(): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

describe('jobs', () => {
  let folder = '';
  let database: Database;
  let jobs: Jobs;
  let clock = 0;
  let begun: string[] = [];

  const open = (): void => {
    database = openDatabase(path.join(folder, 'jobs.db'));
    jobs = createJobs({ database, log: silentLog, now: () => clock, random: () => 0 });
  };
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-jobs-'));
    clock = 1_000_000;
    begun = [];
    open();
  });
  afterEach(async () => {
    await jobs.stop();
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const register = (run: (word: string, signal: AbortSignal) => Promise<void> | void, more: Partial<JobKind<Word>> = {}): JobQueue<Word> =>
    jobs.register({
      kind: 'word',
      payload,
      retry: { firstMilliseconds: 1000, mostMilliseconds: 3000 },
      async run({ payload: { word } }, { signal }) {
        begun.push(word);
        await run(word, signal);
      },
      ...more,
    });
  const words = (queue: JobQueue<Word>): string[] => queue.open().map(({ payload: { word }, state }) => `${word} ${state}`);
  /** Starts anew as after the end of a process. */
  const startAgain = async (): Promise<void> => {
    await jobs.stop();
    database.close();
    open();
  };

  it('of one key run in their order, one at a time, and those of others beside them', async () => {
    const held = gate();
    const queue = register((word) => (word === 'a1' ? held.opened : undefined), { concurrency: 2 });
    queue.add({ key: 'a', payload: { word: 'a1' } });
    queue.add({ key: 'a', payload: { word: 'a2' } });
    queue.add({ key: 'b', payload: { word: 'b1' } });
    queue.add({ key: 'c', payload: { word: 'c1' } });
    jobs.start();
    while (!begun.includes('c1')) {
      await new Promise(setImmediate);
    }
    assert.deepEqual(begun, ['a1', 'b1', 'c1']);
    held.open();
    await queue.idle();
    assert.deepEqual(begun, ['a1', 'b1', 'c1', 'a2']);
    assert.deepEqual(words(queue), []);
  });

  it('wait for their time, and for those before them that wait', async () => {
    const queue = register(() => undefined);
    queue.add({ key: 'a', payload: { word: 'later' }, dueAt: clock + 5000 });
    queue.add({ key: 'a', payload: { word: 'behind' } });
    jobs.start();
    await queue.idle();
    assert.deepEqual(begun, []);
    clock += 5000;
    await queue.idle();
    assert.deepEqual(begun, ['later', 'behind']);
  });

  it('are woken by the time that they are due at', async () => {
    jobs = createJobs({ database, log: silentLog });
    const done = gate();
    const queue = register(() => done.open());
    jobs.start();
    queue.add({ key: 'a', payload: { word: 'soon' }, dueAt: Date.now() + 30 });
    // The runner's own timer does not keep a process up.
    const stay = setInterval(() => undefined, 1000);
    await done.opened;
    clearInterval(stay);
    assert.deepEqual(begun, ['soon']);
  });

  it('that fail are tried again after longer and longer pauses, and say why', async () => {
    let away = true;
    const queue = register(() => {
      if (away) {
        throw new Problem('unavailable', 'nobody there');
      }
    });
    const id = queue.add({ key: 'a', payload: { word: 'call' } });
    jobs.start();
    const pauses: number[] = [];
    for (let tries = 0; tries < 4; tries += 1) {
      await queue.idle();
      const found = queue.find(id);
      assert.equal(found?.failure, 'nobody there');
      pauses.push(found.dueAt - clock);
      clock = found.dueAt;
    }
    assert.deepEqual(pauses, [1000, 2000, 3000, 3000]);
    away = false;
    await queue.idle();
    const done = queue.find(id);
    assert.deepEqual([done?.state, done?.attempts, done?.failure], ['done', 5, undefined]);
  });

  it('end where trying again is useless, or after as many attempts as they have', async () => {
    const ends: [string, JobEnd['state']][] = [];
    const queue = register(
      (word) => {
        throw word === 'wrong' ? new Problem('invalid-input', 'no such thing') : new Error('broken');
      },
      { retry: { firstMilliseconds: 0, mostMilliseconds: 0, attempts: 3 }, ended: ({ payload: { word } }, { state }) => void ends.push([word, state]) },
    );
    queue.add({ key: 'a', payload: { word: 'wrong' } });
    queue.add({ key: 'a', payload: { word: 'often' } });
    jobs.start();
    await queue.idle();
    assert.deepEqual(begun, ['wrong', 'often', 'often', 'often']);
    assert.deepEqual(ends, [['wrong', 'failed'], ['often', 'failed']]);
    assert.deepEqual(queue.ended().map(({ failure }) => failure), ['broken', 'no such thing']);
  });

  it('are held where a person has to do something first', async () => {
    let locked = true;
    const queue = register(
      () => {
        if (locked) {
          throw new Problem('forbidden', 'log in');
        }
      },
      { retry: { firstMilliseconds: 1000, mostMilliseconds: 1000, judge: (error) => (Problem.is(error, 'forbidden') ? 'held' : judgeProblem(error)) } },
    );
    queue.add({ key: 'a', payload: { word: 'one' } });
    queue.add({ key: 'a', payload: { word: 'two' } });
    jobs.start();
    await queue.idle();
    clock += 1e9;
    await queue.idle();
    assert.deepEqual(words(queue), ['one held', 'two waiting']);
    locked = false;
    queue.hurry('another key');
    await queue.idle();
    assert.deepEqual(begun, ['one']);
    queue.hurry('a');
    await queue.idle();
    assert.deepEqual(begun, ['one', 'one', 'two']);
  });

  it('about the same subject: the newest that waits takes the place of the others, and one that failed gives way to it', async () => {
    const running = gate();
    const go = gate();
    const queue = register(async (word) => {
      if (word === 'v2') {
        running.open();
        await go.opened;
        throw new Error('lost');
      }
    });
    queue.add({ key: 'a', subject: 'alias', payload: { word: 'v1' } });
    queue.add({ key: 'a', subject: 'other', payload: { word: 'other' } });
    queue.add({ key: 'a', subject: 'alias', payload: { word: 'v2' } });
    assert.deepEqual(words(queue), ['other waiting', 'v2 waiting']);
    jobs.start();
    await running.opened;
    queue.add({ key: 'a', subject: 'alias', payload: { word: 'v3' } });
    go.open();
    await queue.idle();
    assert.deepEqual(begun, ['other', 'v2', 'v3']);
    assert.deepEqual(words(queue), []);
  });

  it('that are cancelled stop, or never begin', async () => {
    const running = gate();
    const ends: [string, JobEnd['state']][] = [];
    const queue = register(
      (_word, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('stopped')));
          running.open();
        }),
      { ended: ({ payload: { word } }, { state }) => void ends.push([word, state]) },
    );
    const first = queue.add({ key: 'a', payload: { word: 'runs' } });
    const second = queue.add({ key: 'a', payload: { word: 'waits' } });
    jobs.start();
    await running.opened;
    assert.ok(queue.cancel(second));
    assert.ok(queue.cancel(first));
    await queue.idle();
    assert.deepEqual(ends, [['waits', 'cancelled'], ['runs', 'cancelled']]);
    assert.deepEqual(begun, ['runs']);
    assert.ok(!queue.cancel(first));
  });

  it('go on after the companion ended, which is no failed attempt', async () => {
    const running = gate();
    const until = (_word: string, signal: AbortSignal): Promise<void> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('stopped')));
        running.open();
      });
    const once = { retry: { firstMilliseconds: 1, mostMilliseconds: 1, attempts: 1 } };
    register(until, once).add({ key: 'a', payload: { word: 'long' } });
    jobs.start();
    await running.opened;
    await startAgain();
    const queue = register(() => undefined, once);
    jobs.start();
    await queue.idle();
    assert.deepEqual(begun, ['long', 'long']);
    assert.deepEqual(queue.ended().map(({ state, attempts }) => [state, attempts]), [['done', 1]]);
  });

  it('that take their process with them end after as many attempts as they have; some kinds are not begun again at all', () => {
    const crashed = (kind: string, attempts: number): number =>
      Number(
        database
          .prepare(`INSERT INTO jobs (kind, key, state, due_at, attempts, payload, created_at, updated_at) VALUES (?, ?, 'running', 0, ?, '{"word":"w"}', 0, 0)`)
          .run(kind, String(attempts), attempts).lastInsertRowid,
      );
    const ends: string[] = [];
    const ended = ({ kind }: { kind: string }, { state }: JobEnd): void => void ends.push(`${kind} ${state}`);
    const again = register(() => undefined, { kind: 'again', retry: { firstMilliseconds: 1, mostMilliseconds: 1, attempts: 3 }, ended });
    const ending = register(() => undefined, { kind: 'ending', afterInterruption: 'ends', ended });
    const ids = [crashed('again', 2), crashed('again', 3), crashed('ending', 1)] as const;
    jobs.start();
    assert.deepEqual([again.find(ids[0])?.state, again.find(ids[1])?.state, ending.find(ids[2])?.state], ['waiting', 'failed', 'interrupted']);
    assert.equal(again.find(ids[1])?.failure, 'The companion ended while it ran, 3 times.');
    assert.deepEqual(ends, ['again failed', 'ending interrupted']);
  });

  it('end together with what is written about it, or not at all', async () => {
    database.exec('CREATE TABLE told (word TEXT NOT NULL) STRICT');
    let full = true;
    const queue = register(() => undefined, {
      retry: { firstMilliseconds: 1, mostMilliseconds: 1 },
      ended({ payload: { word } }) {
        database.prepare('INSERT INTO told VALUES (?)').run(word);
        if (full) {
          full = false;
          throw new Error('database or disk is full');
        }
      },
    });
    queue.add({ key: 'a', payload: { word: 'told' } });
    jobs.start();
    await queue.idle();
    assert.deepEqual(begun, ['told', 'told']);
    assert.deepEqual(database.prepare('SELECT word FROM told').all(), [{ word: 'told' }]);
  });

  /** SQLite finds no room for a page more, or finds it again. */
  const fill = (full: boolean): void => {
    database.pragma(`max_page_count = ${full ? Number(database.pragma('page_count', { simple: true })) : 1_000_000}`);
  };
  const takesRoom = (): void => void database.prepare('INSERT INTO room VALUES (zeroblob(100000))').run();
  beforeEach(() => database.exec('CREATE TABLE room (content BLOB NOT NULL) STRICT'));

  it('are told as ended while the disk takes no end, which is written as soon as there is room', async () => {
    const ends: string[] = [];
    const fails = gate();
    const refuse = async (): Promise<void> => {
      await fails.opened;
      throw new Problem('invalid-input', 'It is so.');
    };
    const queue = register((word) => (word === 'fails' ? refuse() : undefined), {
      retry: { firstMilliseconds: 1, mostMilliseconds: 1 },
      ended({ payload: { word } }, { state }) {
        takesRoom();
        ends.push(`${word} ${state}`);
      },
    });
    const [done, failed] = [queue.add({ key: 'a', payload: { word: 'done' } }), queue.add({ key: 'b', payload: { word: 'fails' } })];
    fill(true);
    jobs.start();
    await until(() => queue.find(done)?.unwritten === true);
    fill(false);
    await until(() => queue.find(done)?.unwritten === undefined);
    fill(true);
    fails.open();
    await until(() => queue.find(failed)?.unwritten === true);
    assert.deepEqual([queue.find(failed)?.state, queue.find(failed)?.failure, queue.open().length, queue.ended().map(({ state }) => state)], ['failed', 'It is so.', 0, ['failed', 'done']]);
    assert.ok(!queue.cancel(failed));
    fill(false);
    await queue.idle();
    assert.deepEqual([begun, ends], [['done', 'fails'], ['done done', 'fails failed']]);
    assert.deepEqual([queue.find(failed)?.state, queue.find(failed)?.unwritten], ['failed', undefined]);
  });

  it('that a crash interrupted end as soon as the disk has room for it', async () => {
    const id = Number(
      database.prepare(`INSERT INTO jobs (kind, key, state, due_at, attempts, payload, created_at, updated_at) VALUES ('word', 'a', 'running', 0, 1, '{"word":"w"}', 0, 0)`).run().lastInsertRowid,
    );
    const queue = register(() => undefined, { retry: { firstMilliseconds: 1, mostMilliseconds: 1 }, afterInterruption: 'ends', ended: takesRoom });
    fill(true);
    jobs.start();
    assert.deepEqual([queue.find(id)?.state, queue.find(id)?.unwritten], ['interrupted', true]);
    fill(false);
    await until(() => queue.find(id)?.unwritten === undefined);
    assert.deepEqual([queue.find(id)?.state, begun], ['interrupted', []]);
  });

  it('go on where it cannot be written how far they are', async () => {
    database.exec(`CREATE TRIGGER full BEFORE UPDATE OF progress ON jobs BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END`);
    const queue = register(() => undefined, {
      run(_job, control) {
        control.progress('half');
        return Promise.resolve();
      },
    });
    const id = queue.add({ key: 'a', payload: { word: 'w' } });
    jobs.start();
    await queue.idle();
    assert.deepEqual([queue.find(id)?.state, queue.find(id)?.progress], ['done', undefined]);
  });

  it('of a change that is taken back are not done', async () => {
    const queue = register(() => undefined);
    jobs.start();
    const change = database.transaction(() => {
      queue.add({ key: 'a', payload: { word: 'never' } });
      throw new Error('taken back');
    });
    assert.throws(() => change(), /taken back/);
    await queue.idle();
    assert.deepEqual(begun, []);
  });

  it('that an older version wrote otherwise end, and those behind them run', async () => {
    register(() => undefined).add({ key: 'a', payload: { word: 'old' } });
    database.exec(`UPDATE jobs SET payload = '{"name": "old"}'`);
    const queue = register(() => undefined);
    queue.add({ key: 'a', payload: { word: 'new' } });
    jobs.start();
    await queue.idle();
    assert.deepEqual(begun, ['new']);
    assert.deepEqual(database.prepare('SELECT state FROM jobs ORDER BY id').all(), [{ state: 'failed' }, { state: 'done' }]);
  });

  it('that have ended are kept up to a number', async () => {
    const queue = register(() => undefined, { history: 2 });
    for (const word of ['one', 'two', 'three']) {
      queue.add({ key: 'a', payload: { word } });
      clock += 1;
    }
    jobs.start();
    await queue.idle();
    assert.deepEqual(queue.ended().map((job) => job.payload.word), ['three', 'two']);
  });

  it('that have ended are kept as the last one of each key, where a kind wants that', async () => {
    const queue = register(() => undefined, { history: 'last-of-key' });
    for (const [key, word] of [['a', 'one'], ['b', 'two'], ['a', 'three']] as const) {
      queue.add({ key, payload: { word } });
    }
    jobs.start();
    await queue.idle();
    assert.deepEqual(queue.ended().map((job) => job.payload.word).sort(), ['three', 'two']);
    assert.equal(queue.last('a')?.payload.word, 'three');
    queue.add({ key: 'a', payload: { word: 'four' }, dueAt: clock + 1 });
    assert.deepEqual([queue.last('a')?.payload.word, queue.last('a')?.state, queue.last('c')], ['four', 'waiting', undefined]);
  });
});

describe('pauses', () => {
  it('double up to the longest, and are up to a quarter shorter by chance', () => {
    const policy = { firstMilliseconds: 100, mostMilliseconds: 1000 };
    assert.deepEqual([1, 2, 3, 4, 5, 60].map((failures) => pauseAfter(failures, policy, 0)), [100, 200, 400, 800, 1000, 1000]);
    assert.equal(pauseAfter(5, policy, 0.5), 875);
  });
});
