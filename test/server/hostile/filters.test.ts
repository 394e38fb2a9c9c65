import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { silentLog } from '../../../server/platform/log.ts';
import { createReaderThreads, type ReaderThreads } from '../../../server/platform/threads/readers.ts';
import type { CompanionRead } from '../../../server/reader.worker.ts';
import { openTrackingHome, type TrackingHome } from '../tracking/trackingHome.ts';

/** Keys of every JavaScript object. */
const keysOfObjects = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__', '__defineGetter__'];
/** 500 times what a filter of 2,000 characters took when its numbers were read in quadratic time. */
const manyDigits = '1'.repeat(150_000);

describe('a filter from elsewhere', () => {
  let home: TrackingHome;
  let readers: ReaderThreads<CompanionRead>;
  let impatient: ReaderThreads<CompanionRead>;
  before(() => {
    home = openTrackingHome();
    readers = createReaderThreads<CompanionRead>(home.context.home, silentLog);
    impatient = createReaderThreads<CompanionRead>(home.context.home, silentLog, { deadline: 500 });
    for (let index = 0; index < 400; index += 1) {
      home.tracking.stores.runs.create({ experimentId: '0', name: `run ${index}`, startedAt: index, tags: { size: 'a'.repeat(200) } });
    }
  });
  after(async () => {
    await Promise.all([readers.stop(), impatient.stop()]);
    home.close();
  });

  const answer = async (read: CompanionRead, from = readers): Promise<string> => {
    let text = '';
    for await (const piece of from.read(read)) {
      text += Buffer.from(piece).toString('utf8');
    }
    return text;
  };
  const namesOf = async (read: CompanionRead): Promise<string[]> =>
    (JSON.parse(await answer(read)) as { runs: { info: { run_name: string } }[] }).runs.map(({ info }) => info.run_name);
  const page = { offset: 0, limit: 10 };
  const runs = (filter: string, orderBy: string[] = []): CompanionRead => ({ surface: 'mlflow', read: 'runs', query: { ...page, experiments: [0], filter, orderBy } });

  it('names what every object has, and is refused or finds nothing, in each search', async () => {
    for (const key of keysOfObjects) {
      const searches: ((filter: string, orderBy: string[]) => CompanionRead)[] = [
        runs,
        (filter, orderBy) => ({ surface: 'mlflow', read: 'experiments', query: { ...page, filter, orderBy } }),
        (filter, orderBy) => ({ surface: 'mlflow', read: 'logged-models', query: { ...page, experiments: [0], filter, orderBy: orderBy.map((field) => ({ field, ascending: true })) }, tokenParts: {} }),
        (filter, orderBy) => ({ surface: 'mlflow', read: 'registered-models', query: { ...page, filter, orderBy } }),
        (filter, orderBy) => ({ surface: 'mlflow', read: 'model-versions', query: { ...page, filter, orderBy } }),
      ];
      for (const search of searches) {
        await assert.rejects(answer(search(`${key} = 'x'`, [])), { name: 'Problem', reason: 'invalid-input' }, key);
        await assert.rejects(answer(search(`${key}.a = 'x'`, [])), { name: 'Problem', reason: 'invalid-input' }, key);
        await assert.rejects(answer(search('', [key])), { name: 'Problem', reason: 'invalid-input' }, key);
      }
      assert.equal(await answer(runs(`metrics.${key} > 1 OR params.${key} = 'x' OR tags.${key} = 'x'`)), '{}');
      assert.equal((await namesOf(runs('', [`metrics.${key} DESC`, `params.${key}`]))).length, 10);
    }
  });

  it('is read in linear time, and no longer than one may be', async () => {
    await assert.rejects(answer(runs(`metrics.a = ${manyDigits}x`)), { reason: 'invalid-input', field: 'filter' });
    await assert.rejects(answer(runs('', [`${manyDigits}x`])), { reason: 'invalid-input' });
    await assert.rejects(answer(runs(`run_id IN (${"'a', ".repeat(40_000)}'a')`)), { reason: 'invalid-input', message: /20000\d characters|characters, and 200000/ });
  });

  it('may have thousands of comparisons', async () => {
    const many = (word: string): string => Array.from({ length: 5000 }, (_, index) => `run_name != 'run ${index + 1}'`).join(word);
    assert.deepEqual(await namesOf(runs(many(' AND '))), ['run 0']);
    assert.equal((await namesOf(runs(many(' OR ')))).length, 10);
    await assert.rejects(answer(runs('', Array.from({ length: 200 }, (_, index) => `metrics.m${index}`))), { reason: 'invalid-input', message: /order_by/ });
  });

  /** Each comparison alone takes SQLite some milliseconds; all of them, for all runs, an hour. */
  const heavy = Array.from({ length: 4000 }, (_, index) => `tags.size LIKE '%a%a%a%b${index}%'`).join(' OR ');
  const quick = runs("run_name = 'run 7'");

  it('that takes too long is given up, and those in line behind it are answered', async () => {
    // More than there are threads: some wait behind others.
    const heavyOnes = Array.from({ length: 4 }, () => assert.rejects(answer(runs(heavy), impatient), { name: 'Problem', reason: 'too-large', remedy: /narrower filter/ }));
    const quickOnes = Array.from({ length: 4 }, () => answer(quick, impatient));
    for (const text of await Promise.all(quickOnes)) {
      assert.match(text, /"run_name":"run 7"/);
    }
    await Promise.all(heavyOnes);
    assert.match(await answer(quick, impatient), /"run_name":"run 7"/);
  });

  it('that takes too long for a client that has gone frees its thread all the same', async () => {
    const gone = new AbortController();
    const left = Array.from({ length: 4 }, async () => {
      await impatient.read(runs(heavy), gone.signal).next();
      assert.fail('nobody waits for it');
    });
    gone.abort();
    await Promise.all(left.map((each) => assert.rejects(each, { reason: 'unavailable' })));
    assert.match(await answer(quick, impatient), /"run_name":"run 7"/);
  });
});
