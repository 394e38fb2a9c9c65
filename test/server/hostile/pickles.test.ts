import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, it, test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { servingConfig } from '../../../server/contract/servingConfig.ts';
import { Problem } from '../../../server/platform/errors.ts';
import { pythonFolder } from '../../../server/platform/resources.ts';
import { createReleases, type Releases } from '../../../server/releases/releases.ts';
import { commandLine } from '../../harness/commandLine.ts';
import { predict } from '../deployments/endpointHome.ts';
import { openPreparedHome, type PreparedHome } from '../deployments/preparedHome.ts';
import { createCompanionParts, type CompanionParts } from '../releases/companionParts.ts';
import { createSampleModels, plainModel, type SampleModels } from '../releases/sampleModels.ts';

const marker = path.join(tmpdir(), `slipway-acted-${process.pid}`);
/** Runs a command when it is unpickled. */
const acting = Buffer.from(`\u0080\u0002cposix\nsystem\n(X${String.fromCharCode(6 + marker.length, 0, 0, 0)}touch ${marker}tR.`, 'latin1');
/** The same in protocol 0, which is text. */
const actingText = Buffer.from(`cposix\nsystem\n(S'touch ${marker}'\ntR.`);

function mlmodel(...lines: string[]): string {
  return ['flavors:', '  sklearn:', ...lines.map((line) => `    ${line}`), '    serialization_format: pickle', '    sklearn_version: 1.6.1', ''].join('\n');
}

const disguises: Readonly<Record<string, Readonly<Record<string, string | Buffer>>>> = {
  'named plainly': { MLmodel: mlmodel('pickled_model: model.pkl'), 'model.pkl': acting },
  'with another name': { MLmodel: mlmodel('pickled_model: model.bin'), 'model.bin': acting },
  'as ./model.bin': { MLmodel: mlmodel('pickled_model: ./model.bin'), 'model.bin': acting },
  'as a/../model.bin': { MLmodel: mlmodel('pickled_model: a/../model.bin'), 'model.bin': acting, 'a/b': 'c' },
  'by a merge key': { MLmodel: `base: &base {pickled_model: model.bin}\n${mlmodel('<<: *base')}`, 'model.bin': acting },
  'by the key of python_function': { MLmodel: `${mlmodel()}  python_function:\n    model_path: model.bin\n`, 'model.bin': acting },
  'by nothing': { MLmodel: mlmodel(), 'model.bin': acting },
  'as text': { MLmodel: mlmodel('pickled_model: ./notes.md'), 'notes.md': actingText },
  'beside the model': { ...plainModel(), 'data/more.dat': acting },
  'compressed by zlib': { ...plainModel(), 'more.dat': deflateSync(acting) },
  'compressed by gzip': { ...plainModel(), 'more.dat': gzipSync(acting) },
};

describe('a pickle that acts', () => {
  let parts: CompanionParts;
  let models: SampleModels;
  let releases: Releases;

  beforeEach(() => {
    parts = createCompanionParts();
    models = createSampleModels();
    releases = createReleases(parts.context, models);
  });

  afterEach(() => {
    rmSync(marker, { force: true });
    parts.close();
    models.close();
  });

  it('is looked for without a file left beside the program that looks', async () => {
    const compiled = (): string[] => readdirSync(pythonFolder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.pyc'));
    const before = compiled();
    models.add('churn', { ...plainModel(), 'model.pkl': acting });
    await assert.rejects(releases.prepare({ model: 'churn', version: 1, serving: servingConfig.parse({}), forImage: false }, () => undefined, new AbortController().signal), Problem);
    assert.deepEqual(compiled(), before);
  });

  for (const [name, files] of Object.entries(disguises)) {
    test(`is refused ${name}`, async () => {
      models.add('churn', { ...plainModel(), ...files });
      const progress: string[] = [];
      await assert.rejects(
        releases.prepare({ model: 'churn', version: 1, serving: servingConfig.parse({}), forImage: false }, (line) => progress.push(line), new AbortController().signal),
        (error) => Problem.is(error, 'forbidden') && /imports posix\.system/.test(error.message) && /--allow-pickle posix\.system/.test(error.remedy ?? ''),
      );
      assert.ok(!progress.some((line) => line.startsWith('Resolving')), 'before anything is resolved');
      assert.ok(!existsSync(marker));
    });
  }

  it('is told from a module that came with a required package into the kernel that registered the model', async () => {
    const files = { 'model.pkl': Buffer.from('cPIL.Image\nImage\n)\u0081.', 'latin1'), 'requirements.txt': 'matplotlib==0.0.1.never\n' };
    const prepare = (version: number): Promise<unknown> =>
      releases.prepare({ model: 'churn', version, serving: servingConfig.parse({}), forImage: false }, () => undefined, new AbortController().signal);
    models.add('churn', { ...plainModel(), ...files, MLmodel: mlmodel('pickled_model: model.pkl') });
    await assert.rejects(prepare(1), (error) => Problem.is(error, 'forbidden') && error.message.includes('PIL.Image.Image'));
    models.add('churn', { ...plainModel(), ...files, MLmodel: `${mlmodel('pickled_model: model.pkl')}metadata:\n  slipway_modules:\n    PIL: [pillow]\n` });
    // Its pickles pass; the resolver is asked.
    await assert.rejects(prepare(2), (error) => Problem.is(error, 'invalid-input') && error.message.includes('matplotlib'));
  });

  test('is let through by a person, and the release says so', async () => {
    models.add('churn', { ...plainModel(), 'more.dat': acting });
    const serving = servingConfig.parse({ allowedImports: ['posix.system'] });
    const release = await releases.prepare({ model: 'churn', version: 1, serving, forImage: false }, () => undefined, new AbortController().signal);
    assert.deepEqual(release.serving.allowedImports, ['posix.system']);
    assert.ok(!existsSync(marker), 'it is not unpickled outside of a replica');
  });
});

describe('a model with code inside of its pickle', () => {
  const allowed = 'cloudpickle.cloudpickle._builtin_type';
  let home: PreparedHome;
  let versions: Record<'inlined' | 'steady', number>;
  before(async () => {
    home = await openPreparedHome();
    await home.start();
    versions = await home.register('inlined', 'inlined', 'steady');
  });
  after(() => home.close());

  it('is refused with what to do, and what a person may allow', async () => {
    const rollout = await home.deploy({ name: 'coded', model: 'inlined', version: versions.inlined });
    assert.equal(rollout.state, 'failed');
    assert.equal(rollout.step, 'preflight');
    assert.match(rollout.message, /carries code inside of the pickle.*code_paths.*--allow-pickle cloudpickle/);
    assert.deepEqual(rollout.allowable, [{ kind: 'import', name: allowed, file: 'model.pkl', why: 'which carries code inside of the pickle, where nobody can read it' }]);
  });

  it('is refused to the command line with the command that allows it', async () => {
    const refused = await commandLine(home.root).run(['deploy', `inlined:${versions.inlined}`, '--endpoint', 'coded', '--env', 'NOTE=a b']);
    assert.notEqual(refused.code, 0);
    assert.ok(refused.stdout.endsWith(`\n  slipway deploy inlined:${versions.inlined} --endpoint coded --env ${process.platform === 'win32' ? '"NOTE=a b"' : "'NOTE=a b'"} --allow-pickle ${allowed}\n`), refused.stdout);
  });

  it('is deployed again as it was by a person who says so, which audit log and release keep, and a rollback keeps it', async () => {
    const { rollout: refused } = await home.client().call('getEndpoint', { name: 'coded' });
    assert.ok(refused);
    const again = await home.client().call('allowAndDeploy', { id: refused.id });
    const done = await home.rollout(again.id, ({ state }) => !['running', 'held'].includes(state));
    assert.equal(done.state, 'succeeded', done.message);
    assert.deepEqual([done.toVersion, done.allowable], [versions.inlined, []]);
    const { entries } = await home.client().call('listAudit', { subject: 'coded' });
    const told = entries.find(({ action }) => action === 'pickle.allowed');
    assert.deepEqual(told?.detail['imports'], [allowed]);
    assert.equal(told?.detail['rollout'], again.id);
    assert.notEqual(told.actor, '');
    const [live] = (await home.endpoint('coded', ({ state }) => state === 'live')).history;
    assert.deepEqual(live?.allowed, { imports: [allowed], builds: [], by: [told.actor] });

    assert.equal((await home.deploy({ name: 'coded', model: 'inlined', version: versions.steady })).state, 'succeeded');
    await assert.rejects(home.client().call('allowAndDeploy', { id: refused.id }), { reason: 'conflict', remedy: /look at what it asks for/ });
    await home.client().call('rollBack', { name: 'coded' });
    await home.client().call('stopEndpoint', { name: 'coded' });
    await home.client().call('startEndpoint', { name: 'coded' });
    const endpoint = await home.endpoint('coded', ({ state }) => state === 'live');
    assert.equal(endpoint.liveVersion, versions.inlined);
    const release = await home.client().call('getRelease', { digest: endpoint.liveRelease ?? '' });
    assert.deepEqual([release.serving.allowedImports, release.serving.environment], [[allowed], { NOTE: 'a b' }]);
    assert.deepEqual((await predict(endpoint.url, 0.5)).predictions, [1]);
  });

  it('is deployed by the command line with the options that it gave', async () => {
    const deployed = await commandLine(home.root).run(['deploy', `inlined:${versions.inlined}`, '--endpoint', 'coded', '--env', 'NOTE=a b', '--allow-pickle', allowed]);
    assert.equal(deployed.code, 0, deployed.stderr);
    const { entries } = await home.client().call('listAudit', { subject: 'coded' });
    assert.ok(entries.some(({ action, program }) => action === 'pickle.allowed' && program === 'command line'));
    const shown = await commandLine(home.root).run(['endpoints', 'coded']);
    assert.ok(shown.stdout.includes(`: ${allowed}`), shown.stdout);
  });

  it('can be allowed for nothing but what a rollout was refused for', async () => {
    const { rollout: done } = await home.client().call('getEndpoint', { name: 'coded' });
    assert.ok(done);
    await assert.rejects(home.client().call('allowAndDeploy', { id: done.id }), { reason: 'conflict', field: 'id' });
    await assert.rejects(home.client().call('allowAndDeploy', { id: 'none' }), { reason: 'not-found', field: 'id' });
  });
});
