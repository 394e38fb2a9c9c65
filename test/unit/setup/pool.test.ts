import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runPool } from '../../setup/pool.ts';
import { SetupError } from '../../setup/step.mjs';
import { choose } from '../../setup/suites.ts';

interface Item {
  readonly name: string;
  readonly weight: number;
  readonly seconds: number;
  readonly ready: Promise<unknown>;
}

const now = Promise.resolve();
const item = (name: string, seconds: number, weight = 1, ready: Promise<unknown> = now): Item => ({ name, seconds, weight, ready });

interface Watched {
  readonly running: () => string[];
  end(name: string): Promise<void>;
  /** What happens when processors have too little to do; undefined once nobody asks. */
  readonly idle: () => (() => void) | undefined;
  readonly done: Promise<void>;
}

/** Runs a pool whose items end when they are told to. */
function watch(items: readonly Item[], places: number, limit = places): Watched {
  const running = new Map<string, () => void>();
  let idle: (() => void) | undefined;
  const whenIdle = (call: () => void): (() => void) => {
    idle = call;
    return () => {
      idle = undefined;
    };
  };
  const done = runPool(items, { places, limit, whenIdle }, ({ name }) => new Promise((resolve) => running.set(name, resolve)));
  return {
    running: () => [...running.keys()],
    idle: () => idle,
    end: async (name) => {
      running.get(name)?.();
      running.delete(name);
      await settled();
    },
    done,
  };
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise(setImmediate);
  }
};

describe('the order of test files', () => {
  test('is the longest first, as many as there are places', async () => {
    const pool = watch([item('short', 1), item('long', 100), item('middle', 10)], 2);
    await settled();
    assert.deepEqual(pool.running(), ['long', 'middle']);
    await pool.end('middle');
    assert.deepEqual(pool.running(), ['long', 'short']);
    await pool.end('long');
    await pool.end('short');
    await pool.done;
  });

  test('starts what needs nothing while a long one waits for what it needs', async () => {
    let resolve: (value: undefined) => void = () => undefined;
    const promise = new Promise<undefined>((prepared) => {
      resolve = prepared;
    });
    const pool = watch([item('prepared', 100, 1, promise), item('first', 5), item('second', 4), item('third', 3)], 1);
    await settled();
    assert.deepEqual(pool.running(), ['first']);
    resolve(undefined);
    await settled();
    await pool.end('first');
    assert.deepEqual(pool.running(), ['prepared']);
    for (const name of ['prepared', 'second', 'third']) {
      await pool.end(name);
    }
    await pool.done;
  });

  test('lets a heavy one wait until it fits, and no light one pass it', async () => {
    const pool = watch([item('a', 50), item('b', 40), item('heavy', 30, 2), item('light', 20)], 2);
    await settled();
    assert.deepEqual(pool.running(), ['a', 'b']);
    await pool.end('a');
    assert.deepEqual(pool.running(), ['b']);
    await pool.end('b');
    assert.deepEqual(pool.running(), ['heavy']);
    await pool.end('heavy');
    assert.deepEqual(pool.running(), ['light']);
    await pool.end('light');
    await pool.done;
  });

  test('runs one that is heavier than the machine alone, and ends at once without any', async () => {
    const pool = watch([item('huge', 1, 5)], 2);
    await settled();
    assert.deepEqual(pool.running(), ['huge']);
    await pool.end('huge');
    await pool.done;
    await runPool([], { places: 2, limit: 2, whenIdle: () => () => undefined }, () => Promise.resolve());
  });

  test('has one more than there are places each time that processors are idle, up to a limit', async () => {
    const pool = watch([item('a', 50), item('b', 40), item('c', 30), item('d', 20)], 1, 3);
    await settled();
    assert.deepEqual(pool.running(), ['a']);
    pool.idle()?.();
    assert.deepEqual(pool.running(), ['a', 'b']);
    pool.idle()?.();
    pool.idle()?.();
    assert.deepEqual(pool.running(), ['a', 'b', 'c']);
    // Not before it fits again, or processors are idle again.
    await pool.end('a');
    await pool.end('b');
    assert.deepEqual(pool.running(), ['c']);
    pool.idle()?.();
    assert.deepEqual(pool.running(), ['c', 'd']);
    await pool.end('c');
    await pool.end('d');
    await pool.done;
    assert.equal(pool.idle(), undefined);
  });
});

describe('what the command line chooses', () => {
  const here = 'test/unit/setup/pool.test.ts';

  test('all suites but those on demand', () => {
    const names = new Set(choose([]).map(({ suite }) => suite.name));
    assert.deepEqual([...names], ['check', 'unit', 'server', 'python', 'docker', 'webview', 'vscode']);
  });

  test('one file, with the suite that has it', () => {
    assert.deepEqual(choose([here]).map(({ suite, part }) => [suite.name, part.name]), [['unit', here]]);
    assert.deepEqual(choose(['unit', `./${here}`, '--test-name-pattern=x']).map(({ part }) => part.name), [here]);
  });

  test('the unit tests as one process, and the Python tests of a folder', () => {
    const [unit, ...more] = choose(['unit']).map(({ part }) => part);
    assert.equal(unit?.name, 'test/unit');
    assert.ok(unit.files.includes(here) && unit.files.length > 50);
    assert.deepEqual(more, []);
    const folders = choose(['python']).filter(({ part }) => part.name.startsWith('test/python/'));
    assert.ok(folders.some(({ part }) => part.name === 'test/python/model_server' && part.files.length > 1));
    assert.equal(new Set(folders.map(({ part }) => part.name)).size, folders.length);
  });

  test('options of Node for the files of Node', () => {
    const [byPattern] = choose(['unit', '--test-name-pattern', 'a kill', here]);
    assert.deepEqual(byPattern?.part.start({}).args.slice(-3), ['--test-name-pattern', 'a kill', here]);
    assert.ok(choose(['python', '--test-only']).every(({ part }) => part.files.every((file) => file.endsWith('.ts'))));
  });

  test('nothing that does not exist', () => {
    assert.throws(() => choose(['unit', 'test/server/tracking/api.test.ts']), SetupError);
    assert.throws(() => choose(['test/unit/nowhere.test.ts']), SetupError);
    assert.throws(() => choose(['units']), /no suite 'units'; the suites are check, unit/);
  });
});
