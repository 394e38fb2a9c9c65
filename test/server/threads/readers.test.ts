import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { silentLog } from '../../../server/platform/log.ts';
import type { CompanionRead } from '../../../server/reader.worker.ts';
import { createReaderThreads, type ReaderThreads } from '../../../server/platform/threads/readers.ts';
import { openTrackingHome, type TrackingHome } from '../tracking/trackingHome.ts';
import { askedBy } from '../../harness/askedBy.ts';

const count = 250;

describe('threads that read', () => {
  let home: TrackingHome;
  let readers: ReaderThreads<CompanionRead>;
  const runIds: string[] = [];
  before(() => {
    home = openTrackingHome();
    readers = createReaderThreads<CompanionRead>(home.context.home, silentLog);
    const { runs, logging } = home.tracking.stores;
    for (let index = 0; index < count; index += 1) {
      const { run_id: runId } = runs.create({ experimentId: '0', name: `run ${index}`, startedAt: index });
      logging.logBatch(runId, {
        metrics: [0, 1, 2].map((step) => ({ key: 'the loss/val', value: [1 / 3, Number.NaN, Number.NEGATIVE_INFINITY][(index + step) % 3] ?? 0, at: 1000 + step, step })),
        params: [{ key: 'depth', value: 'zehn\n"…"' }],
      });
      runIds.push(runId);
    }
  });
  after(async () => {
    await readers.stop();
    home.close();
  });

  const search = (limit: number, filter?: string): CompanionRead => ({
    surface: 'mlflow',
    read: 'runs',
    query: { experiments: [0], orderBy: ['start_time'], offset: 0, limit, filter },
  });
  const piecesOf = async (read: CompanionRead): Promise<string[]> => {
    const pieces: string[] = [];
    for await (const piece of readers.read(read)) {
      pieces.push(Buffer.from(piece).toString('utf8'));
    }
    return pieces;
  };

  it('make JSON of every value that can be logged', async () => {
    const answer: unknown = JSON.parse((await piecesOf(search(3))).join(''));
    const { runs } = answer as { runs: { info: { run_name: string }; data: { metrics: unknown[]; params: unknown[] } }[] };
    assert.deepEqual(runs.map(({ data }) => data.metrics), [
      [{ key: 'the loss/val', value: '-Infinity', timestamp: 1002, step: 2 }],
      [{ key: 'the loss/val', value: 1 / 3, timestamp: 1002, step: 2 }],
      [{ key: 'the loss/val', value: 'NaN', timestamp: 1002, step: 2 }],
    ]);
    assert.deepEqual(runs[0]?.data.params, [{ key: 'depth', value: 'zehn\n"…"' }]);
    assert.equal(runs[2]?.info.run_name, 'run 2');
  });

  it('answer long reads in pieces that make one text', async () => {
    const pieces = await piecesOf(search(count));
    assert.ok(pieces.length > 1);
    const answer = JSON.parse(pieces.join('')) as { runs: { info: { run_id: string } }[]; next_page_token?: string };
    assert.deepEqual(answer.runs.map(({ info }) => info.run_id), runIds);
    assert.equal(answer.next_page_token, undefined, 'a last page that is full');
    assert.match((await piecesOf(search(count - 1))).join(''), /"next_page_token":"/);
    assert.deepEqual(JSON.parse((await piecesOf(search(10, "run_name = 'nothing'"))).join('')), {});
  });

  it('see what was written just before', async () => {
    for (let index = 0; index < 50; index += 1) {
      const { run_id: runId } = home.tracking.stores.runs.create({ experimentId: '0', name: `fresh ${index}`, startedAt: 1 });
      assert.match((await piecesOf(search(1, `run_name = 'fresh ${index}'`))).join(''), new RegExp(runId));
    }
  });

  it('list experiments, models and versions a page at a time, and see those that were just made', async () => {
    const { experiments, models } = home.tracking.stores;
    const named = async (read: CompanionRead, list: string): Promise<{ names: unknown[]; token: unknown }> => {
      const answer = JSON.parse((await piecesOf(read)).join('')) as Record<string, unknown>;
      const items = (answer[list] ?? []) as { name?: string; info?: { name: string } }[];
      return { names: items.map(({ name, info }) => name ?? info?.name), token: answer['next_page_token'] };
    };
    const page = { offset: 0, limit: 2 };
    for (const name of ['first', 'second', 'third']) {
      const id = Number(experiments.create(name));
      const query = { ...page, filter: "name LIKE '%r%' AND name != 'Default'", orderBy: ['name DESC'] };
      const { names } = await named({ surface: 'mlflow', read: 'experiments', query }, 'experiments');
      assert.equal(names.includes(name), name !== 'second', 'names with an r');
      const model = models.create({ experimentId: String(id), name: `model ${name}`, params: [['depth', '3']], tags: [] });
      const found = await named({ surface: 'mlflow', read: 'logged-models', query: { ...page, experiments: [id] }, tokenParts: {} }, 'models');
      assert.deepEqual(found, { names: [model.row.name], token: undefined });
    }
    const all = await named({ surface: 'mlflow', read: 'experiments', query: { ...page, orderBy: ['name'] } }, 'experiments');
    assert.equal(all.names.length, 2);
    assert.equal(typeof all.token, 'string');
    assert.deepEqual(await named({ surface: 'mlflow', read: 'registered-models', query: page }, 'registered_models'), { names: [], token: undefined });
    assert.deepEqual(await named({ surface: 'mlflow', read: 'model-versions', query: page }, 'model_versions'), { names: [], token: undefined });
  });

  it('list registered models with their versions, in pieces, the one that changed last first', async () => {
    const { registry } = home;
    for (let index = 0; index < 45; index += 1) {
      registry.createModel(`many ${index}`, undefined, new Map(), askedBy('tester'));
    }
    registry.createVersion({ name: 'many 3', source: 's3://bucket/model', runId: runIds[0], tags: new Map([['stage', 'green']]) }, askedBy('tester'));
    registry.setAlias('many 3', 'champion', 1, askedBy('tester'));
    const pieces = await piecesOf({ surface: 'registry', read: 'models' });
    const { models } = JSON.parse(pieces.join('')) as { models: { name: string; aliases: object; versions: { tags: object; params: object }[] }[] };
    assert.equal(pieces.length, 3);
    assert.equal(new Set(models.map((model) => model.name)).size, 45);
    assert.deepEqual(models[0]?.aliases, { champion: 1 });
    assert.deepEqual(models[0]?.versions.map(({ tags, params }) => ({ tags, params })), [{ tags: { stage: 'green' }, params: { depth: 'zehn\n"…"' } }]);
    const one: unknown = JSON.parse((await piecesOf({ surface: 'registry', read: 'model', name: 'many 3' })).join(''));
    assert.deepEqual(one, models[0]);
    await assert.rejects(piecesOf({ surface: 'registry', read: 'model', name: 'nobody' }), { reason: 'not-found' });
  });

  it('refuse what cannot be read before anything is answered', async () => {
    await assert.rejects(piecesOf(search(1, 'nonsense')), { name: 'Problem', reason: 'invalid-input', field: 'filter' });
    await assert.rejects(piecesOf({ surface: 'tracking', read: 'comparison', runIds: ['nothing'] }), { reason: 'not-found', field: 'run_id' });
  });

  it('answer others while an answer waits for its client, and forget one that nobody takes', async () => {
    const slow = readers.read(search(count));
    await slow.next();
    const others = await Promise.all(Array.from({ length: 20 }, () => piecesOf(search(5))));
    assert.equal(new Set(others.map((pieces) => pieces.join(''))).size, 1);
    await slow.return();
    assert.deepEqual(await slow.next(), { done: true, value: undefined });
    assert.equal((await piecesOf(search(1))).length, 1);
  });
});
