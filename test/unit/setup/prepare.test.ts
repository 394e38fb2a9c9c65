import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createPreparations, type Preparation } from '../../setup/prepare.ts';
import { SetupError } from '../../setup/step.mjs';

describe('preparations', () => {
  test('are made once each, after what they need, and give their variables to who asks', async () => {
    const log: string[] = [];
    const preparations = createPreparations({
      engine: {
        needs: [],
        make: async () => {
          await Promise.resolve();
          log.push('engine');
          return { environment: { HOST: 'here' }, stop: () => Promise.resolve(void log.push('engine stopped')) };
        },
      },
      image: {
        needs: ['engine'],
        make: ({ HOST: host }) => {
          log.push(`image on ${String(host)}`);
          return Promise.resolve({ environment: { IMAGE: 'base' }, stop: () => Promise.resolve(void log.push('image stopped')) });
        },
      },
    });
    const answers = await Promise.all([preparations.ready(['image']), preparations.ready(['engine', 'image']), preparations.ready([])]);
    assert.deepEqual(log, ['engine', 'image on here']);
    assert.deepEqual(
      answers.map((answer) => ('made' in answer ? answer.made.environment : answer.missing)),
      [{ IMAGE: 'base' }, { HOST: 'here', IMAGE: 'base' }, {}],
    );
    await preparations.stop();
    assert.deepEqual(log.slice(2), ['image stopped', 'engine stopped']);
  });

  test('that fail fail for those alone that need them', async () => {
    let tried = 0;
    const preparations = createPreparations({
      engine: {
        needs: [],
        make: () => {
          tried += 1;
          return Promise.reject(new SetupError('no engine answers'));
        },
      },
      image: { needs: ['engine'], make: () => assert.fail('made without what it needs') },
      build: { needs: [], mustWork: true, make: () => Promise.reject(new SetupError('a syntax error')) },
      python: { needs: [], make: () => Promise.resolve({ environment: { PYTHON: 'python3' } }) },
      other: { needs: [], make: () => Promise.reject(new TypeError('a mistake')) },
    });
    const ofMachine = { missing: { name: 'engine', message: 'no engine answers', broken: false } };
    assert.deepEqual(await preparations.ready(['python', 'image']), ofMachine);
    assert.deepEqual(await preparations.ready(['engine']), ofMachine);
    assert.equal(tried, 1);
    assert.deepEqual(await preparations.ready(['build']), { missing: { name: 'build', message: 'a syntax error', broken: true } });
    const mistake = await preparations.ready(['other']);
    assert.ok('missing' in mistake && mistake.missing.broken && mistake.missing.message.includes('a mistake'));
    const python = await preparations.ready(['python']);
    assert.ok('made' in python && python.made.environment?.['PYTHON'] === 'python3');
  });

  test('are made two at a time, in the order of asking', async () => {
    const log: string[] = [];
    const ends: (() => void)[] = [];
    const waits = (name: string): Preparation => ({
      needs: [],
      make: () => {
        log.push(name);
        return new Promise((resolve) => {
          ends.push(() => {
            resolve({});
          });
        });
      },
    });
    const preparations = createPreparations({ a: waits('a'), b: waits('b'), c: waits('c'), d: waits('d') });
    const all = Promise.all([preparations.ready(['b', 'c']), preparations.ready(['a', 'd'])]);
    const settled = (): Promise<void> => new Promise(setImmediate);
    await settled();
    assert.deepEqual(log, ['b', 'c']);
    ends.shift()?.();
    await settled();
    assert.deepEqual(log, ['b', 'c', 'a']);
    while (ends.length > 0) {
      ends.shift()?.();
      await settled();
    }
    assert.deepEqual(log, ['b', 'c', 'a', 'd']);
    await all;
  });
});
