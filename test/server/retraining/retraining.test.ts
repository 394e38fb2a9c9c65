import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CallFailure } from '../../../server/client/callFailure.ts';
import { goesOn as goesOnNow, retraining as retrainingSchema, type Retraining } from '../../../server/contract/retraining.ts';
import { localCaller } from '../../../server/platform/caller.ts';
import { commandLine, testPython, type CommandLine } from '../../harness/commandLine.ts';
import { until } from '../../harness/until.ts';
import { predict } from '../deployments/endpointHome.ts';
import { openPreparedHome, type PreparedHome } from '../deployments/preparedHome.ts';

const code = (source: string, tags: string[] = []): object => ({ cell_type: 'code', metadata: { tags }, source, outputs: [], execution_count: null });

const training = `import mlflow, numpy as np, pandas as pd
from sklearn.linear_model import LogisticRegression
rows = pd.DataFrame({"a": np.linspace(-1, 1, 40), "b": np.zeros(40)})
with mlflow.start_run():
    mlflow.sklearn.log_model(LogisticRegression(C=C).fit(rows, rows["a"] > 0), name="model", input_example=rows[:2], pip_requirements=[])`;

describe('retraining a model by the notebook of its policy', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-retraining-'));
  const policy = path.join(folder, 'slipway.yaml');
  const reached = path.join(folder, 'reached');
  const goOn = path.join(folder, 'go-on');
  let home: PreparedHome;
  let slipway: CommandLine;
  /** Cells after the one tagged `parameters`. */
  const write = (...sources: readonly string[]): void => {
    const cells = [code('C = 1.0', ['parameters']), ...sources.map((source) => code(source))];
    writeFileSync(path.join(folder, 'train.ipynb'), JSON.stringify({ nbformat: 4, nbformat_minor: 4, metadata: { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' } }, cells }));
  };
  /** A cell that says that it runs and then waits to be let go. */
  const waiting = `import pathlib, time\nwith open(${JSON.stringify(reached)}, "a") as file: file.write("x")\nwhile not pathlib.Path(${JSON.stringify(goOn)}).exists(): time.sleep(0.05)`;
  const last = async (): Promise<Retraining> => (await home.client().call('listRetraining', { model: 'rule' })).models[0]?.retrainings[0] ?? assert.fail();
  const versions = async (): Promise<number[]> => (await home.client().call('getModel', { name: 'rule' })).versions.map(({ version }) => version);
  const adopt = async (more = ''): Promise<void> => {
    writeFileSync(policy, `models: {rule: {retraining: {notebook: train.ipynb, python: ${testPython}, parameters: {C: 0.25}${more}}}}\n`);
    assert.equal((await home.client().call('adoptPolicy', { file: policy })).problem, undefined);
  };

  before(async () => {
    home = await openPreparedHome({ SLIPWAY_TIMING: JSON.stringify({ alerts: 200 }) });
    await home.start();
    slipway = commandLine(home.root);
    assert.equal((await home.deploy({ name: 'live', model: 'rule', version: home.versions.steady })).state, 'succeeded');
  });
  after(async () => {
    writeFileSync(goOn, '');
    await home.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('says how, where no policy does', async () => {
    const { code: exit, stderr } = await slipway.run(['retrain', 'rule']);
    assert.deepEqual([exit, /No policy says how rule is retrained/.test(stderr), /slipway policy --apply/.test(stderr)], [3, true, true], stderr);
  });

  it('runs nothing when it is only to say what it would do', async () => {
    write(`open(${JSON.stringify(reached)}, "w")`);
    await adopt();
    const { value } = await slipway.json(['retrain', 'rule', '--dry-run']);
    assert.partialDeepStrictEqual(value, { model: 'rule', source: `${policy}:1`, cells: 2, hasParametersCell: true, recipe: { parameters: { C: 0.25 }, notebook: path.join(folder, 'train.ipynb') } });
    assert.equal(existsSync(reached), false);
    assert.deepEqual((await home.client().call('listRetraining', { model: 'rule' })).models[0]?.retrainings, []);
  });

  it('says which cell failed and why, and opens an incident of what serves the model', async () => {
    write('rows = []', 'raise ValueError(f"{len(rows)} rows")');
    const { code: exit, stderr, stdout } = await slipway.run(['retrain', 'rule']);
    assert.equal(exit, 1, stderr);
    assert.match(stderr, /cell 2 {2}ok/);
    assert.match(stdout, /failed {2}Cell 3 raised ValueError: 0 rows/);
    const { captureRunId = '' } = await last();
    assert.equal((await home.client().call('getRun', { runId: captureRunId })).status, 'FAILED');
    await until(async () => (await home.client().call('listIncidents', { endpoint: 'live' })).incidents.some(({ title }) => /retraining of its model failed: Cell 3 raised ValueError: 0 rows/.test(title)));
  });

  it('goes on from the first cell when the companion is killed, and makes one candidate that nothing serves', async () => {
    const before = await versions();
    const served = (await home.endpoint('live')).liveRelease;
    write(waiting, training);
    const started = await home.client().call('startRetraining', { model: 'rule' });
    await until(() => existsSync(reached));
    const refused = await home.client().call('startRetraining', { model: 'rule' }).catch((error: unknown) => error);
    assert.ok(CallFailure.is(refused, 'conflict') && /is being retrained/.test(refused.message), String(refused));
    const first = (await home.client().call('getRetraining', { id: started.id })).captureRunId ?? assert.fail();
    await home.kill();
    rmSync(reached);
    await home.start();
    await until(() => existsSync(reached));
    writeFileSync(goOn, '');
    await until(async () => (await last()).state !== 'running');
    const done = await last();
    assert.deepEqual([done.id, done.state], [started.id, 'succeeded'], JSON.stringify(done));
    assert.notEqual(done.captureRunId, first);
    assert.equal((await home.client().call('getRun', { runId: first })).status, 'KILLED');

    const after = await versions();
    assert.deepEqual(after.filter((version) => !before.includes(version)), [done.version]);
    const made = await home.client().call('getVersion', { name: 'rule', version: done.version ?? 0 });
    assert.deepEqual([made.aliases, made.modelId, made.flavors.includes('sklearn')], [['candidate'], done.modelId, true]);
    const captured = await home.client().call('getRun', { runId: done.captureRunId ?? '' });
    assert.deepEqual([captured.status, captured.params['C']], ['FINISHED', '0.25']);
    assert.equal((await home.endpoint('live')).liveRelease, served);
    await until(async () => (await home.client().call('listIncidents', { endpoint: 'live' })).incidents.length === 0);
    const { entries } = await home.client().call('listAudit', { limit: 100 });
    assert.deepEqual(entries.filter(({ action }) => action.startsWith('retraining.')).map(({ action }) => action).reverse(), ['retraining.requested', 'retraining.failed', 'retraining.requested', 'retraining.finished']);
  });

  it('cools down after a candidate', async () => {
    await adopt(', coolDownMinutes: 60');
    const { code: exit, stderr } = await slipway.run(['retrain', 'rule']);
    assert.deepEqual([exit, /retrained less than 60 minutes ago/.test(stderr)], [4, true], stderr);
    await adopt();
  });

  it('begins by itself when a file of its policy holds something else, once for each content, also when that came while no companion ran', async () => {
    const rows = path.join(folder, 'rows.csv');
    writeFileSync(rows, 'a\n1\n');
    write(training);
    await adopt(', triggers: {data: [rows.csv, not-there.csv]}');
    const quiet = await slipway.json(['retrain', 'rule', '--dry-run']);
    assert.partialDeepStrictEqual(quiet.value, { recipe: { triggers: { drift: false, data: [rows, path.join(folder, 'not-there.csv')] } } });
    assert.equal('due' in Object(quiet.value), false, JSON.stringify(quiet.value));
    const before = await last();
    const next = async (): Promise<Retraining> => {
      await until(async () => (await last()).id > before.id && !goesOnNow(await last()));
      return last();
    };
    writeFileSync(rows, 'a\n2\n');
    const first = await next();
    assert.partialDeepStrictEqual(first, { state: 'succeeded', trigger: 'data', cause: `New content of ${rows}.`, requestedBy: localCaller('companion').user });
    await home.kill();
    writeFileSync(rows, 'a\n3\n');
    await home.start();
    await until(async () => (await last()).id > first.id && !goesOnNow(await last()));
    assert.partialDeepStrictEqual(await last(), { state: 'succeeded', trigger: 'data' });
    const { id } = await last();
    // What has the same content again is nothing new.
    writeFileSync(rows, 'a\n3\n');
    const { due } = await home.client().call('planRetraining', { model: 'rule' });
    assert.equal(due, undefined);
    assert.equal((await last()).id, id);
    await adopt();
  });

  it('begins by itself when labels say that production is below its bound, and its candidate goes on by itself to what judges it', async () => {
    const { url } = await home.endpoint('live');
    const values = Array.from({ length: 40 }, (_, index) => index / 10 - 1.95);
    for (const a of values) {
      assert.equal((await predict(url, a)).status, 200);
    }
    await home.client().call('recordLabels', { name: 'live', keyColumn: 'a', labels: values.map((a) => ({ a, label: a > 0 ? 0 : 1 })) });
    const before = await last();
    const rule = 'alerts: {performance: {enabled: true, metric: accuracy, threshold: 0.9, minimum: 20}}';
    writeFileSync(policy, `models: {rule: {tier: standard, approvals: {required: 1}, ${rule}, retraining: {notebook: train.ipynb, python: ${testPython}, parameters: {C: 0.5}, triggers: {performance: true}, auto: true}}}\n`);
    assert.equal((await home.client().call('adoptPolicy', { file: policy })).problem, undefined);
    await until(async () => (await last()).id > before.id && !goesOnNow(await last()));
    const done = await last();
    assert.partialDeepStrictEqual(done, { state: 'succeeded', trigger: 'performance' });
    assert.match(done.cause ?? '', /^live, since .*: Accuracy /);
    const promotion = await home.client().call('getPromotion', { id: done.promotion ?? 0 });
    assert.partialDeepStrictEqual(promotion, { model: 'rule', version: done.version, endpoint: 'live', reason: `Retraining ${done.id} (performance) made it: ${done.cause ?? ''}` });
    await until(async () => (await home.client().call('getPromotion', { id: promotion.id })).state !== 'judging');
    // The alert goes on, and has had its retraining.
    assert.equal((await home.client().call('planRetraining', { model: 'rule' })).due, undefined);
    await home.client().call('rejectPromotion', { id: promotion.id, reason: 'only to see that it was asked for' });
    await adopt();
  });

  it('refuses a candidate that goes on by itself without a plan of rollout', async () => {
    writeFileSync(policy, `models: {rule: {retraining: {notebook: train.ipynb, auto: true}}}\n`);
    const { problem } = await home.client().call('adoptPolicy', { file: policy });
    assert.match(problem?.message ?? '', /auto needs a plan of rollout/);
    await adopt();
  });

  it('is ended by Ctrl-C of who follows it', async () => {
    rmSync(goOn);
    rmSync(reached);
    write(waiting);
    const before = await versions();
    const following = slipway.start(['retrain', 'rule', '--json']);
    await until(() => existsSync(reached));
    following.process.kill('SIGINT');
    const { code: exit, stdout } = await following.ended;
    const { state, captureRunId = '' } = retrainingSchema.parse(JSON.parse(stdout));
    assert.deepEqual([exit, state], [130, 'cancelled']);
    assert.equal((await home.client().call('getRun', { runId: captureRunId })).status, 'KILLED');
    assert.deepEqual(await versions(), before);
    const { entries } = await home.client().call('listAudit', { limit: 1 });
    assert.equal(entries[0]?.action, 'retraining.cancelled');
  });
});
