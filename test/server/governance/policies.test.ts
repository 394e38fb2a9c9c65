import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gateRun, type GateRun } from '../../../server/contract/gates.ts';
import { CallFailure } from '../../../server/client/callFailure.ts';
import { commandLine } from '../../harness/commandLine.ts';
import { until } from '../../harness/until.ts';
import { openPreparedHome, type PreparedHome } from '../deployments/preparedHome.ts';

const standard = ['models:', '  rule:', '    tier: standard', '    staging: [try]', '    rollout: {kind: blue-green, rehearse: 0, watchSeconds: 0}', '    alerts:', '      latency: {threshold: 250}', '    retention: {releases: 9}', ''].join('\n');

describe('policies', () => {
  let home: PreparedHome;
  const outside = realpathSync(mkdtempSync(path.join(tmpdir(), 'slipway-policies-')));
  const file = path.join(outside, 'slipway.yaml');
  before(async () => {
    home = await openPreparedHome();
    await home.start();
  });
  after(async () => {
    await home.close();
    rmSync(outside, { recursive: true, force: true });
  });
  const tierNow = async (): Promise<string> => (await home.client().call('getPolicy', { model: 'rule' })).tier;

  it('are put in force by the command line, which says what is in force and why', async () => {
    const cli = commandLine(home.root);
    assert.equal(await tierNow(), 'experimental');
    writeFileSync(file, standard);
    const applied = await cli.run(['policy', '--apply'], { cwd: outside });
    assert.equal(applied.code, 0, applied.stderr);
    assert.match(applied.stdout, /in force: rule \(standard\)/);
    const shown = await cli.run(['policy', 'rule']);
    assert.match(shown.stdout, new RegExp(`rule.* is standard \\(${file}:3\\)`));
    assert.match(shown.stdout, new RegExp(`rollout\\.kind +blue-green +${file}:5`));
    assert.match(shown.stdout, /retention\.inferenceLogDays +30 +tier standard/);
    assert.match(shown.stdout, /With tier: critical/);
  });

  it('have one plan for production, by whatever door a deploy comes', async () => {
    const { versions } = home;
    const other = { kind: 'all-at-once', watchSeconds: 5 } as const;
    await assert.rejects(
      home.client().call('deploy', { name: 'rule', model: 'rule', version: versions.steady, strategy: other }),
      (error) => CallFailure.is(error, 'forbidden') && error.field === 'strategy' && error.message.includes(`${file}:5`),
    );
    const foreseen = await home.client().call('previewDeploy', { name: 'rule', model: 'rule', version: versions.steady, strategy: other });
    assert.deepEqual([foreseen.strategy.kind, foreseen.strategyFrom, foreseen.refusals.map(({ reason, field }) => [reason, field])], ['blue-green', 'policy', [['forbidden', 'strategy'], ['forbidden', 'name']]]);
    const asked = await home.client().call('requestPromotion', { model: 'rule', version: versions.steady, reason: 'the first of its kind' });
    await until(async () => (await home.client().call('getPromotion', { id: asked.id })).state === 'started');
    const { rollout } = await home.client().call('getPromotion', { id: asked.id });
    const planned = await home.rollout(rollout?.id ?? assert.fail(), ({ state }) => state === 'succeeded');
    assert.equal(planned.strategy.kind, 'blue-green');
    const tried = await home.client().call('deploy', { name: 'try', model: 'rule', version: versions.steady, strategy: other });
    assert.equal(tried.strategy.kind, 'all-at-once', 'what is named as staging is free');
    await home.rollout(tried.id, ({ state }) => state === 'succeeded');
  });

  it('set alert rules of production, which nobody changes elsewhere', async () => {
    const ruleOf = async (name: string) => (await home.client().call('listAlerts', { name })).rules.find(({ rule }) => rule === 'latency');
    assert.deepEqual([(await ruleOf('rule'))?.settings.threshold, (await ruleOf('rule'))?.byPolicy], [250, { threshold: 250 }]);
    assert.equal((await ruleOf('try'))?.settings.threshold, 1000);
    await assert.rejects(home.client().call('changeAlertRule', { name: 'rule', rule: 'latency', settings: { threshold: 9000 } }), (error) => CallFailure.is(error, 'forbidden') && error.field === 'settings.threshold');
    const changed = await home.client().call('changeAlertRule', { name: 'rule', rule: 'latency', settings: { forMinutes: 9 } });
    assert.deepEqual([changed.settings.forMinutes, changed.settings.threshold], [9, 250]);
  });

  it('have gates that judge the candidate itself, beside the live release, and say who answers for what has not passed', async () => {
    const { versions } = home;
    const rows = Array.from({ length: 60 }, (_, row) => `${row % 2 === 0 ? -1 : row % 4 === 1 ? 0.5 : 2},0,${row < 30 ? 'x' : 'y'},${row % 2}`);
    writeFileSync(path.join(outside, 'rows.csv'), `a,b,group,label\n${rows.join('\n')}\n`);
    const check = ["const { SLIPWAY_ENDPOINT: endpoint, SLIPWAY_MODEL: model, SLIPWAY_VERSION: version, SLIPWAY_CANDIDATE_URL: url, SLIPWAY_CANDIDATE_KEY: key } = process.env;", "const ask = (headers) => fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ dataframe_records: [{ a: 0.5, b: 0 }] }) });", "const [answer, refusal] = [await ask({ 'x-slipway-replica-key': key }), await ask({})];", "console.log(`${model} ${version} of ${endpoint}: ${answer.status} ${await answer.text()}, without the key ${refusal.status}`);", ''];
    writeFileSync(path.join(outside, 'check.mjs'), check.join('\n'));
    const gates = ['    evaluation: {file: rows.csv, label: label}', '    gates:', '      metric: {metric: accuracy, minimum: 0.9}', '      change: {metric: accuracy, maximumLoss: 0.05}', '      latency: {p99Milliseconds: 60000}', '      throughput: {requestsPerSecond: 0.001}', '      size: {modelMegabytes: 1000}', `      own: {command: [${JSON.stringify(process.execPath)}, check.mjs]}`, ''];
    writeFileSync(file, standard + gates.join('\n'));
    await home.client().call('adoptPolicy', { file });
    const cli = commandLine(home.root);
    const judged = async (version: number): Promise<{ code: number | null; run: GateRun }> => {
      const { code, value } = await cli.json(['gates', `rule:${version}`]);
      return { code, run: gateRun.parse(value) };
    };
    const states = ({ results }: GateRun): object => Object.fromEntries(results.map(({ gate, state }) => [gate, state]));
    const same = await judged(versions.steady);
    assert.deepEqual([same.code, same.run.passed, states(same.run)], [0, true, { schema: 'passed', metric: 'passed', change: 'passed', latency: 'passed', throughput: 'passed', size: 'passed', own: 'passed' }], JSON.stringify(same.run));
    // It answers 0 where `a` is 0.5: 15 of 60 rows.
    const worse = await judged(versions['steady:1']);
    assert.deepEqual([worse.code, worse.run.passed, states(worse.run)], [1, false, { schema: 'passed', metric: 'failed', change: 'failed', latency: 'passed', throughput: 'passed', size: 'passed', own: 'passed' }], JSON.stringify(worse.run));
    const metric = worse.run.results.find(({ gate }) => gate === 'metric');
    assert.match(metric?.message ?? '', /^Accuracy 0\.75 \(95 % .*, 60 rows\); at least 0\.9 is asked for\.$/);
    assert.equal(metric?.source, `${file}:11`);
    assert.match(worse.run.results.find(({ gate }) => gate === 'change')?.message ?? '', new RegExp(`Accuracy 0\\.75 beside 1 of version ${versions.steady} on the same 60 rows`));
    assert.equal(worse.run.results.find(({ gate }) => gate === 'own')?.message, `rule ${versions['steady:1']} of rule: 200 {"predictions":[0]}, without the key 403`);
    const waive = { model: 'rule', version: versions['steady:1'], reason: 'the board has accepted it' };
    await assert.rejects(home.client().call('waiveGate', { ...waive, gate: 'schema', until: Date.now() + 60_000 }), (error) => CallFailure.is(error, 'conflict'));
    await assert.rejects(home.client().call('waiveGate', { ...waive, gate: 'metric', until: 1 }), (error) => CallFailure.is(error, 'invalid-input') && error.field === 'until');
    assert.equal((await home.client().call('waiveGate', { ...waive, gate: 'metric', until: Date.now() + 60_000 })).passed, false);
    const waived = await home.client().call('waiveGate', { ...waive, gate: 'change', until: Date.now() + 60_000 });
    assert.deepEqual([waived.passed, waived.results.map(({ waiver }) => waiver?.by)], [true, [undefined, 'ada', 'ada', undefined, undefined, undefined, undefined]]);
    writeFileSync(file, `${standard}${gates.join('\n')}      fairness: {column: group}\n`);
    await home.client().call('adoptPolicy', { file });
    const since = await home.client().call('getGateRun', { model: 'rule', version: versions['steady:1'] });
    assert.deepEqual([since.passed, since.results.find(({ gate }) => gate === 'fairness')?.state], [false, 'not-evaluated'], 'a gate that is asked for since has not passed');
    // Its `b` is optional, and it answers by `a` alone.
    writeFileSync(file, `${standard}    evaluation: {file: rows.csv, label: label}\n    gates: {robustness: {maximumChanged: 0}, drift: {maximumDistance: 1}}\n`);
    await home.client().call('adoptPolicy', { file });
    const robust = await judged(versions.prying);
    assert.deepEqual(
      [states(robust.run), robust.run.results.map(({ message }) => message).slice(1)],
      [{ schema: 'passed', robustness: 'passed', drift: 'not-evaluated' }, ['60 rows are answered with 1 optional input missing, one at a time; no answers change.', 'It cannot be compared: the training data of the candidate is not known, or no CSV file with its inputs that is still as it was.']],
      JSON.stringify(robust.run),
    );
  });

  it('stay in force when their file is broken or gone, also after a restart', async () => {
    writeFileSync(file, standard.replace('tier: standard', 'tier: [experimental'));
    const { problem, changed, policy } = await home.client().call('adoptPolicy', { file });
    assert.deepEqual([problem?.line, changed, policy?.state], [4, false, 'broken']);
    assert.equal(await tierNow(), 'standard');
    rmSync(file);
    await assert.rejects(home.client().call('adoptPolicy', { file }), (error) => CallFailure.is(error, 'not-found'));
    await home.kill();
    await home.start();
    assert.equal(await tierNow(), 'standard');
    assert.deepEqual((await home.client().call('listPolicies', {})).policies.map(({ state, models }) => [state, models]), [['gone', [{ name: 'rule', tier: 'standard' }]]]);
  });

  it('are not weakened by what is written into the file, or by another file, until somebody lifts them', async () => {
    writeFileSync(file, 'models: {rule: {tier: experimental}}\n');
    assert.equal(await tierNow(), 'standard', 'a file counts when it is applied');
    const other = path.join(outside, 'elsewhere', 'slipway.yaml');
    mkdirSync(path.dirname(other));
    writeFileSync(other, 'models:\n  rule: {tier: experimental}\n');
    const refused = await home.client().call('adoptPolicy', { file: other });
    assert.deepEqual([refused.problem?.line, refused.problem?.column, refused.policy], [2, 3, undefined]);
    assert.match(refused.problem?.message ?? '', new RegExp(`rule has its policy in ${file}`));
    assert.equal(await tierNow(), 'standard');
    await home.client().call('forgetPolicy', { file });
    assert.equal(await tierNow(), 'experimental');
    const { entries } = await home.client().call('listAudit', { subject: file, limit: 10 });
    assert.deepEqual(entries.map(({ action, detail }) => [action, detail['tiersBefore'] ?? detail['tiers']]), [['policy.lifted', { rule: 'standard' }], ...Array.from({ length: 4 }, () => ['policy.applied', { rule: 'standard' }])]);
  });
});
