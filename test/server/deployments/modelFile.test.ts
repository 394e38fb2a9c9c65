import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { commandLine, testPython, type CommandLine } from '../../harness/commandLine.ts';
import { openEndpointHome, predict, type EndpointHome } from './endpointHome.ts';

const registered = z.object({ version: z.number(), flavors: z.array(z.string()), signature: z.object({ inputs: z.array(z.object({ name: z.string(), type: z.string() })) }) });
const refused = z.object({ error: z.object({ reason: z.string(), message: z.string(), field: z.string(), remedy: z.string() }) });

describe('a model file that was never logged with MLflow', () => {
  let home: EndpointHome;
  let slipway: CommandLine;
  let folder: string;
  before(async () => {
    home = await openEndpointHome();
    await home.start();
    slipway = commandLine(home.root);
    folder = await mkdtemp(path.join(tmpdir(), 'model-files-'));
    await promisify(execFile)(testPython, [fileURLToPath(new URL('write_model_files.py', import.meta.url)), folder]);
  });
  after(() => home.close());

  const register = (file: string, ...more: string[]): ReturnType<CommandLine['json']> => slipway.json(['--json', 'register', 'filed', '--file', file, '--python', testPython, ...more], { cwd: folder });

  for (const [file, flavor] of [['model.joblib', 'sklearn'], ['model.ubj', 'xgboost']] as const) {
    it(`is registered from ${file} with its example, deployed, and predicts`, async () => {
      const { code, value } = await register(file, '--example', 'rows.csv');
      assert.equal(code, 0, JSON.stringify(value));
      const made = registered.parse(value);
      assert.ok(made.flavors.includes(flavor));
      assert.deepEqual(made.signature.inputs.map(({ name, type }) => `${name} ${type}`), ['a double', 'b double']);
      const rollout = await home.deploy({ name: flavor, model: 'filed', version: made.version });
      assert.equal(rollout.state, 'succeeded', rollout.message);
      const { url } = await home.endpoint(flavor);
      const [low, high] = await Promise.all([predict(url, -0.5), predict(url, 0.5)]);
      assert.ok(Number(([] as unknown[]).concat(low.predictions)[0]) < 0.5, JSON.stringify(low));
      assert.ok(Number(([] as unknown[]).concat(high.predictions)[0]) > 0.5, JSON.stringify(high));
    });
  }

  it('is refused with the field and what to do, and leaves nothing behind', async () => {
    writeFileSync(path.join(folder, 'notes.txt'), 'no model');
    const before = await home.client().call('getModel', { name: 'filed' });
    const refusal = async (...args: Parameters<typeof register>): Promise<z.infer<typeof refused>['error']> => refused.parse((await register(...args)).value).error;
    assert.match((await refusal('notes.txt')).message, /notes\.txt is no model of LightGBM/);
    assert.equal((await refusal('absent.joblib')).field, 'source.path');
    assert.equal((await refusal('model.joblib', '--example', 'notes.txt')).field, 'source.example');
    assert.equal((await refusal('model.joblib', '--python', '/nowhere/python')).field, 'source.python');
    await assert.rejects(home.client().call('registerVersion', { name: 'filed', source: { kind: 'file', path: 'model.joblib' } }), { reason: 'invalid-input', message: /no absolute path/ });
    await assert.rejects(home.client().call('registerVersion', { name: 'a/b', source: { kind: 'file', path: path.join(folder, 'model.joblib') } }), { reason: 'invalid-input' });
    assert.deepEqual((await home.client().call('getModel', { name: 'filed' })).versions.length, before.versions.length);
  });
});
