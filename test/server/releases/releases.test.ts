import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import express from 'express';
import { release as releaseSchema, releaseRoutes, type Release, type ReleaseDifference } from '../../../server/contract/releases.ts';
import { servingConfig } from '../../../server/contract/servingConfig.ts';
import { Problem } from '../../../server/platform/errors.ts';
import { answerFailure } from '../../../server/platform/http/failure.ts';
import { silentLog } from '../../../server/platform/log.ts';
import { createReleases, type Releases } from '../../../server/releases/releases.ts';
import { createCompanionParts, type CompanionParts } from './companionParts.ts';
import { createSampleModels, plainModel, type SampleModels } from './sampleModels.ts';

const never = new AbortController().signal;
const serving = servingConfig.parse({});

describe('releases for the process target', () => {
  let parts: CompanionParts;
  let models: SampleModels;
  let releases: Releases;
  let progress: string[];

  beforeEach(() => {
    parts = createCompanionParts();
    models = createSampleModels();
    releases = createReleases(parts.context, models);
    progress = [];
  });

  afterEach(() => {
    parts.close();
    models.close();
  });

  const prepare = (version: number, more: Partial<Parameters<Releases['prepare']>[0]> = {}, signal = never): Promise<Release> =>
    releases.prepare({ model: 'churn', version, serving, forImage: false, ...more }, (line) => progress.push(line), signal);

  test('a release folder holds the model, its lock and its example, and the release says so', async () => {
    const version = models.add('churn', plainModel());
    const release = await prepare(1);
    assert.deepEqual(releaseSchema.parse(release), release);
    assert.equal(release.model.digest, version.digest);
    assert.equal(release.model.flavor, 'sklearn');
    assert.equal(release.hasExample, true);
    const names = release.environment.packages.map(({ name }) => name);
    assert.ok(names.includes('six') && names.includes('uvicorn'));
    assert.ok(!names.includes('mlflow'), 'the model server loads scikit-learn models without mlflow');

    const folder = releases.folder(release.digest);
    assert.deepEqual(JSON.parse(readFileSync(path.join(folder, 'release.json'), 'utf8')), release);
    assert.equal(readFileSync(path.join(folder, 'model', 'model.skops'), 'utf8'), 'weights');
    assert.equal(statSync(path.join(folder, 'model', 'model.skops')).mode & 0o222, 0, 'model files are read-only');
    assert.deepEqual(JSON.parse(readFileSync(path.join(folder, 'example.json'), 'utf8')), {
      request: { dataframe_split: { columns: ['age'], data: [[41]] } },
    });
    const lock = readFileSync(path.join(folder, 'requirements.lock'), 'utf8');
    assert.match(lock, /^six==1\.16\.0( --hash=sha256:[0-9a-f]{64})+$/m);
    assert.ok(!/https?:|\/\//.test(lock), 'a lock names no index');
    assert.deepEqual(readdirSync(parts.context.home.releases), [release.digest]);
    assert.deepEqual(parts.events, [{ topic: 'release', digest: release.digest }]);
  });

  test('the same input makes the same release without resolving again', async () => {
    models.add('churn', plainModel());
    const first = await prepare(1);
    progress.length = 0;
    assert.deepEqual(await prepare(1), first);
    assert.ok(!progress.some((line) => line.startsWith('Collecting')), progress.join('\n'));
    assert.equal(parts.events.length, 1);
    assert.equal(releases.list().length, 1);
  });

  test('a retrained model shares the lock, another serving config makes another release', async () => {
    models.add('churn', plainModel());
    models.add('churn', plainModel({ weights: 'other weights' }));
    const first = await prepare(1);
    const second = await prepare(2);
    const third = await prepare(2, { serving: servingConfig.parse({ workers: 3 }) });
    assert.equal(second.environment.sha256, first.environment.sha256);
    assert.equal(new Set([first, second, third].map(({ digest }) => digest)).size, 3);
    assert.deepEqual(await releases.compare(second.digest, third.digest), [{ part: 'serving', key: 'workers', before: '2, or 1 on one processor', after: '3' }]);
    assert.deepEqual(releases.list({ model: 'churn' }).map(({ digest }) => digest), [third.digest, second.digest, first.digest]);
    releases.setEndpointHistory((endpoint) => (endpoint === 'live' ? [second.digest] : []));
    assert.deepEqual(releases.list({ endpoint: 'live' }).map(({ digest }) => digest), [second.digest]);
  });

  test('a damaged or missing model file is found, and preparing again repairs it', async () => {
    models.add('churn', plainModel());
    const release = await prepare(1);
    assert.equal(await releases.checkRunnable(release.digest), undefined);
    const file = path.join(releases.folder(release.digest), 'model', 'model.skops');
    chmodSync(file, 0o644);
    writeFileSync(file, 'tamper!');
    assert.match((await releases.checkRunnable(release.digest)) ?? '', /model\.skops is not the one that was released.*Deploy version 1 of churn again/);
    await prepare(1);
    assert.equal(await releases.checkRunnable(release.digest), undefined);
    assert.equal(readFileSync(file, 'utf8'), 'weights');
  });

  test('the first answer to the example is kept', async () => {
    models.add('churn', plainModel());
    const { digest } = await prepare(1);
    assert.deepEqual(await releases.example(digest), { request: { dataframe_split: { columns: ['age'], data: [[41]] } } });
    releases.recordExample(digest, { predictions: [1] });
    releases.recordExample(digest, { predictions: [0] });
    assert.deepEqual((await releases.example(digest))?.response, { predictions: [1] });
  });

  test('a release is found by the beginning of its digest', async () => {
    models.add('churn', plainModel());
    const { digest } = await prepare(1);
    assert.equal(releases.get(digest.slice(0, 6)).digest, digest);
    for (const unknown of [digest.slice(0, 5), digest.startsWith('000000') ? '111111' : '000000', 'not-hex']) {
      assert.throws(() => releases.get(unknown), (error) => Problem.is(error, 'not-found'));
    }
  });

  test('releases are compared by the metrics and params of their versions, as long as these are there and the same', async () => {
    models.add('churn', plainModel(), { metrics: { test_mae: 47 }, params: { depth: '8' } });
    models.add('churn', plainModel({ weights: 'others' }), { metrics: { test_mae: 46 }, params: { depth: '3' } });
    const [first, second] = [await prepare(1), await prepare(2)];
    const compared = async (of: Releases): Promise<ReleaseDifference[]> => (await of.compare(first.digest, second.digest)).slice(0, 2);
    assert.deepEqual(await compared(releases), [
      { part: 'metric', key: 'test_mae', before: '47', after: '46' },
      { part: 'param', key: 'depth', before: '8', after: '3' },
    ]);
    const gone: SampleModels = { ...models, version: () => { throw new Problem('not-found', 'There is no such version.'); } };
    const another: SampleModels = { ...models, version: async (name, version) => ({ ...(await models.version(name, version)), digest: 'f'.repeat(64) }) };
    for (const sources of [gone, another]) {
      assert.deepEqual((await compared(createReleases(parts.context, sources))).map(({ part }) => part), ['model', 'model']);
    }
  });

  test('the routes answer with the release, and name a digest that is none', async () => {
    models.add('churn', plainModel());
    const release = await prepare(1);
    const app = express();
    assert.ok(releases.router);
    app.use(releases.router);
    app.use(answerFailure(silentLog));
    const server = createServer(app).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    try {
      const call = async (target: string): Promise<{ status: number; body: unknown }> => {
        const answer = await fetch(`http://127.0.0.1:${address.port}${target}`);
        return { status: answer.status, body: await answer.json() };
      };
      const listed = await call('/releases?model=churn');
      assert.deepEqual(releaseRoutes.listReleases.output.parse(listed.body).releases, [release]);
      assert.deepEqual((await call('/releases?model=other')).body, { releases: [] });
      assert.deepEqual((await call(`/releases/${release.digest.slice(0, 8)}`)).body, release);
      const compared = await call(`/release-differences?from=${release.digest}&to=${release.digest}&all=true`);
      assert.ok(releaseRoutes.compareReleases.output.parse(compared.body).differences.length > 5);
      assert.equal((await call('/releases/xyz')).status, 400);
      assert.equal((await call(`/releases/${'0'.repeat(64)}`)).status, 404);
    } finally {
      server.close();
    }
  });

  test('a model whose pickle acts is refused before anything is installed', async () => {
    const evil = Buffer.from("cposix\nsystem\n(S'echo no'\ntR.");
    const mlmodel = plainModel()['MLmodel']?.replaceAll('model.skops', 'model.pkl').replace('format: skops', 'format: pickle') ?? '';
    models.add('churn', { ...plainModel(), MLmodel: mlmodel, 'model.pkl': evil });
    await assert.rejects(prepare(1), (error) => Problem.is(error, 'forbidden') && error.message.includes('model.pkl imports posix.system'));
    assert.equal(releases.list().length, 0);
  });

  test('a pickle that is cut off is refused', async () => {
    models.add('churn', { ...plainModel(), 'extra.pkl': Buffer.from([0x80, 4, 0x95, 1]) });
    await assert.rejects(prepare(1), (error) => Problem.is(error, 'forbidden') && error.message.includes('extra.pkl cannot be checked'));
  });

  test('a package that no index has is named', async () => {
    models.add('churn', plainModel({ requirements: 'six==0.0.0.1\n' }));
    await assert.rejects(prepare(1), (error) => Problem.is(error, 'invalid-input') && /six==0\.0\.0\.1/.test(error.message) && error.remedy !== undefined);
  });

  test('a model without MLmodel or requirements says what is missing', async () => {
    models.add('churn', { 'model.skops': 'weights' });
    await assert.rejects(prepare(1), (error) => Problem.is(error, 'invalid-input') && error.message.includes('MLmodel'));
    models.add('churn', { MLmodel: 'flavors:\n  sklearn:\n    pickled_model: model.skops\n' });
    await assert.rejects(prepare(2), (error) => Problem.is(error, 'invalid-input') && error.message.includes('requirements.txt'));
    await assert.rejects(prepare(3), (error) => Problem.is(error, 'not-found'));
  });

  test('cancelling while packages are resolved leaves nothing behind', async () => {
    models.add('churn', plainModel());
    const controller = new AbortController();
    const preparing = releases.prepare(
      { model: 'churn', version: 1, serving, forImage: false },
      (line) => {
        if (line.startsWith('Resolving')) {
          controller.abort();
        }
      },
      controller.signal,
    );
    await assert.rejects(preparing, (error) => Problem.is(error, 'conflict') && error.message === 'Cancelled.');
    assert.deepEqual(readdirSync(parts.context.home.releases), []);
    assert.equal((await prepare(1)).model.version, 1);
  });

  test('what a killed companion left half-written is removed at the start', async () => {
    const leftover = path.join(parts.context.home.releases, '.new-abc');
    mkdirSync(leftover);
    await releases.start?.();
    assert.ok(!existsSync(leftover));
  });
});

test('a Python that is not there is told with the setting to change', async () => {
  const parts = createCompanionParts({ python: path.join(import.meta.dirname, 'no-such-python') });
  const models = createSampleModels();
  after(() => {
    parts.close();
    models.close();
  });
  models.add('churn', plainModel());
  const releases = createReleases(parts.context, models);
  await assert.rejects(
    releases.prepare({ model: 'churn', version: 1, serving, forImage: false }, () => undefined, never),
    (error) => Problem.is(error, 'invalid-input') && error.field === 'python' && error.message.includes('no-such-python'),
  );
});
