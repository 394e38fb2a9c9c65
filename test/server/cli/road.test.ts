import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { endpoint as endpointSchema, rollout as rolloutSchema } from '../../../server/contract/deployments.ts';
import { explanation } from '../../../server/contract/lineage.ts';
import { monitoring as monitoringSchema } from '../../../server/contract/monitoring.ts';
import { modelVersion, registeredModel } from '../../../server/contract/registry.ts';
import { release as releaseSchema } from '../../../server/contract/releases.ts';
import { comparison as comparisonSchema, run as runSchema } from '../../../server/contract/tracking.ts';
import { openPreparedHome, type PreparedHome } from '../deployments/preparedHome.ts';
import { promtool } from '../prometheus/prometheusProgram.ts';
import { builtCommand, commandLine, testPython, type CommandLine, type CommandOptions } from '../../harness/commandLine.ts';

const row = (a: number): string => JSON.stringify({ dataframe_split: { columns: ['a', 'b'], data: [[a, 0]] } });

describe('slipway on real runs, models and endpoints', () => {
  let home: PreparedHome;
  let slipway: CommandLine;
  before(async () => {
    home = await openPreparedHome();
    await home.start();
    slipway = commandLine(home.root);
  });
  after(() => home.close());

  /** The result of a command that must succeed. */
  const result = async <S extends z.ZodType>(schema: S, args: readonly string[], options?: CommandOptions): Promise<z.output<S>> => {
    const { code, value } = await slipway.json(args, options);
    assert.equal(code, 0, JSON.stringify(value));
    return schema.parse(value);
  };
  const shown = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await slipway.run(args);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const refused = async (code: number, message: RegExp, ...args: readonly string[]): Promise<void> => {
    const ended = await slipway.run(args);
    assert.equal(ended.code, code, `${args.join(' ')}: ${ended.stdout}${ended.stderr}`);
    assert.match(ended.stderr, message);
    assert.equal(ended.stdout, '');
  };
  const runs = async (): Promise<z.infer<typeof runSchema>[]> => (await result(z.object({ runs: z.array(runSchema) }), ['runs'])).runs;

  it('connects an unmodified mlflow client by the variables of "status --env"', async () => {
    const script = path.join(home.root, 'train.py');
    writeFileSync(
      script,
      'import mlflow\nmlflow.set_experiment("by hand")\nfor depth in (3, 5):\n  with mlflow.start_run(run_name=f"depth-{depth}"):\n    mlflow.log_param("depth", depth)\n    mlflow.log_metric("auc", 0.7 + depth / 100)\n',
    );
    const shell = spawnSync('bash', ['-c', 'eval "$("$1" "$2" status --env)" && "$3" "$4"', 'bash', process.execPath, builtCommand, testPython, script], {
      encoding: 'utf8',
      env: { ...process.env, SLIPWAY_HOME: home.root, GIT_PYTHON_REFRESH: 'quiet' },
      cwd: home.root,
    });
    assert.equal(shell.status, 0, shell.stderr);
    const { runs: logged } = await result(z.object({ runs: z.array(runSchema) }), ['runs', '--experiment', 'by hand', '--filter', 'metrics.auc > 0.74']);
    assert.deepEqual(logged.map(({ name, params }) => [name, params['depth']]), [['depth-5', '5']]);
    assert.match(await shown('runs', '--experiment', 'by hand'), /depth-5\s+finished[\s\S]*depth-3\s+finished/);
    assert.match(await shown('experiments'), /by hand\s+2/);
    await refused(2, /filter/i, 'runs', '--filter', 'metrics.auc >');
  });

  it('compares runs that are named by the beginning of an id or by name', async () => {
    const [first] = (await runs()).filter(({ name }) => name === 'depth-3');
    const compared = await result(comparisonSchema, ['compare', first?.runId.slice(0, 10) ?? '', 'depth-5']);
    assert.deepEqual(compared.rows.filter(({ differs, kind }) => differs && kind === 'param').map(({ key, values }) => [key, ...values]), [['depth', '3', '5']]);
    assert.match(await shown('compare', 'depth-3', 'depth-5'), /param\s+depth\s+3\s+5\n[\s\S]*metric\s+auc\s+0\.73\s+0\.75/);
    await refused(3, /no run nobody/, 'compare', 'nobody', 'depth-5');
    const alone = await shown('runs', 'depth-5');
    assert.match(alone, new RegExp(`depth-5\\s+[0-9a-f]{32}\\nexperiment\\s+by hand\\nstate\\s+finished[\\s\\S]*source\\s+.*train\\.py[\\s\\S]*Metrics\\n[\\s\\S]*auc\\s+0\\.75[\\s\\S]*Params\\n[\\s\\S]*depth\\s+5[\\s\\S]*Files\\nNone\\.`));
    await refused(2, /Name a run, or say which/, 'runs', 'depth-5', '--experiment', 'by hand');
    const file = path.join(home.root, 'comparison.html');
    assert.match(await shown('compare', 'depth-3', 'depth-5', '--html', file, '--reference', 'depth-3'), /^The comparison of 2 runs is in .*comparison\.html \([\d.]+ kB\)\./);
    assert.match(readFileSync(file, 'utf8'), new RegExp(`Best by auc, higher is better: depth-5, 0\\.75, \\+2\\.7% to depth-3\\.[\\s\\S]*vscode://slipway\\.slipway/run/${first?.runId ?? ''}`));
    const { experiments } = await result(z.object({ experiments: z.array(z.object({ experimentId: z.string(), name: z.string() })) }), ['experiments']);
    await home.client().call('saveView', { experimentId: experiments.find(({ name }) => name === 'by hand')?.experimentId ?? '', name: 'deep', view: { filter: "params.depth = '5'" } });
    assert.match(await shown('view', 'list', 'by hand'), /deep\s+params\.depth = '5'/);
    assert.match(await shown('view', 'rename', 'by hand', 'deep', 'deepest'), /deep is called deepest now/);
    assert.deepEqual((await result(z.object({ runs: z.array(runSchema) }), ['runs', '--experiment', 'by hand', '--view', 'deepest'])).runs.map(({ name }) => name), ['depth-5']);
    await refused(3, /has no view deep/, 'runs', '--experiment', 'by hand', '--view', 'deep');
    await refused(2, /belongs to an experiment/, 'runs', '--view', 'deepest');
    assert.match(await shown('view', 'delete', 'by hand', 'deepest'), /Deleted deepest/);
    await refused(2, /is none of the runs/, 'compare', 'depth-5', '--html', file, '--reference', 'depth-3');
  });

  it('registers what a run logged, with aliases, and shows models and versions', async () => {
    const [logged] = (await runs()).filter(({ models }) => models.length > 0);
    const version = await result(modelVersion, ['register', 'copy', '--run', logged?.runId.slice(0, 12) ?? '', '--alias', 'one', '--alias', 'two']);
    assert.deepEqual([version.version, [...version.aliases].sort()], [1, ['one', 'two']]);
    assert.match(await shown('models'), /copy\s+1\s+@one 1, @two 1/);
    assert.match(await shown('models', 'copy'), /copy version 1 .*@one/);
    const model = await result(registeredModel, ['alias', 'copy', 'one']);
    assert.deepEqual(model.aliases, { two: 1 });
    await refused(2, /--run, --model and --file/, 'register', 'copy');
    await refused(3, /copies/, 'models', 'copies');
    await refused(3, /logged no model/, 'register', 'copy', '--run', 'depth-3');
  });

  it('deploys, predicts, watches, rolls back, and tells what each did', async () => {
    const first = await slipway.run(['deploy', 'rule:1', '--endpoint', 'road']);
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /succeeded Version 1 is live\nhttp\S+\/endpoints\/road\/invocations answers with version 1\nWhen this machine has restarted, endpoints stay down until Slipway is used; "slipway service install"/);
    assert.match(first.stderr, /Smoke test +✓/);
    const dry = ['deploy', 'rule:2', '--endpoint', 'road', '--canary', '10,50', '--dry-run'];
    assert.match(await shown(...dry), /^would be taken Version 2 of rule on road .*Nothing was changed\.\nrelease +[0-9a-f]{12}, new\nenvironment +[0-9a-f]{12} is there: Python [\s\S]*rollout +canary at 10%, 50%: Preflight, [\s\S]*From version 1 [\s\S]*model version 1 → 2/);
    const against = await slipway.run([...dry, '--secret', 'ABSENT']);
    assert.equal(against.code, 4, against.stderr);
    assert.match(against.stdout, /^would be refused .*\n.*ABSENT/);
    const second = await result(z.object({ rollout: rolloutSchema, endpoint: endpointSchema, afterRestart: z.literal('use') }), ['deploy', 'rule:2', '--endpoint', 'road', '--blue-green', '--timeout', '30', '--max-body', '0.5', '--env', 'MODE=fast']);
    assert.equal(second.endpoint.liveVersion, 2);

    const answer = await result(z.object({ status: z.literal(200), body: z.object({ predictions: z.array(z.number()) }) }), ['predict', 'road', '-d', row(0.5)]);
    assert.deepEqual(answer.body.predictions, [0]);
    const file = path.join(home.root, 'request.json');
    writeFileSync(file, row(2));
    assert.match(await shown('predict', 'road', '-d', `@${file}`), /\{"predictions":\[1\]\}\n200, release [0-9a-f]{12}/);
    assert.match((await slipway.run(['predict', 'road', '-d', '-'], { input: readFileSync(file, 'utf8') })).stdout, /\[1\]/);
    const wrong = await slipway.run(['predict', 'road', '-d', '{}']);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stdout, /\n400, release/);
    await refused(2, /absent\.json cannot be read/, 'predict', 'road', '-d', '@absent.json');
    await refused(3, /no endpoint nowhere/, 'predict', 'nowhere', '-d', '{}');

    const asked = await fetch(`${second.endpoint.url}/invocations`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-request-id': 'order-4711' }, body: row(3) });
    assert.equal(asked.status, 200);
    const beforeRollback = Date.now();
    const watched = await result(monitoringSchema, ['monitor', 'road', '--minutes', '10']);
    assert.deepEqual([watched.total.requests, watched.total.clientErrors, watched.total.serverErrors], [5, 1, 0]);
    assert.match(await shown('monitor', 'road'), /requests\s+5, [\s\S]*feature[\s\S]*\na\s+double/);

    assert.match(await shown('endpoints'), /road\s+live\s+rule:2\s+[0-9a-f]{12} 100%/);
    assert.match(await shown('endpoints', 'road'), /version\s+from\s+readiness[\s\S]*live\n[\s\S]*warm/);
    const { releases } = await result(z.object({ releases: z.array(releaseSchema) }), ['releases']);
    const [to, from] = releases.map(({ digest }) => digest.slice(0, 12));
    assert.match(await shown('releases', from ?? '', to ?? ''), /serving\s+timeout\s+60 s\s+30 s\n.*max-body\s+16 MB\s+0\.5 MB\n.*env MODE\s+-\s+fast\n[\s\S]*model\s+version\s+1\s+2/);
    assert.match(await shown('releases', 'road'), /2\s.*live\n/);
    assert.match(await shown('logs', 'road', '--lines', '3'), /replica [\s\S]*ready/);

    assert.match(await shown('rollback', 'road', '--preview'), /version 1, warm\)\n[\s\S]*timeout 30 s → 60 s[\s\S]*model version 2 → 1/);
    assert.match(await shown('rollback', 'road', '--reason', 'a test'), /rolled back Version 1 has the traffic after \d/);
    assert.equal((await result(endpointSchema, ['endpoints', 'road'])).liveVersion, 1);
    await refused(4, /no earlier release/, 'rollback', 'road');

    const why = await result(explanation, ['why', 'order-4711']);
    assert.deepEqual([why.endpoint, why.version?.version, why.release?.serving.requestTimeoutSeconds, why.request.response, why.decision?.kind], ['road', 2, 30, '{"predictions":[1]}', 'deploy']);
    assert.equal(why.run?.runId, (await home.client().call('getVersion', { name: 'rule', version: 2 })).lineage.runId);
    assert.deepEqual(why.notKnown.map((text) => text.split(':')[0]), ['The run was not logged in a captured notebook, so that no cell is known.', 'No data file is known']);
    assert.match(await shown('why', 'order-4711', '--endpoint', 'road'), /answered\s+\{"predictions":\[1\]\}\n[\s\S]*version\s+rule:2[\s\S]*live by\s+deploy by/);
    await refused(3, /No inference log has a request nobody/, 'why', 'nobody');
    const at = (time: number): Promise<string> => shown('live', '--at', new Date(time).toISOString());
    assert.match(await at(beforeRollback), /road\s+rule:2\s+[0-9a-f]{12}\s+.*rollback\.switched.*deploy by/);
    assert.match(await at(Date.now()), /road\s+rule:1\s+[0-9a-f]{12}\s+still\s+rollback by .*a test/);
    assert.match(await at(0), /Nothing was live/);
    await refused(2, /such as/, 'live', '--at', 'yesterday');

    assert.match(await shown('audit', '--subject', 'road'), /rollback\.requested\s+road\s+.*reason=a test/);
    assert.match(await shown('audit', '--verify'), /^intact \d+ entries/);
  });

  it('gives Prometheus what it needs to scrape a real model server, and Grafana its files', async () => {
    const { config, credentialsFile } = await result(z.object({ config: z.string(), credentialsFile: z.string() }), ['prometheus', 'config', '--rules', 'rules.yml']);
    assert.match(config, new RegExp(`127\\.0\\.0\\.1:${home.client().lock.port}\\n`));
    const scrape = async (url: string): Promise<string> => (await fetch(url, { headers: { authorization: `Bearer ${readFileSync(credentialsFile, 'utf8').trim()}` } })).text();
    const discovery = /url: (\S+)/.exec(config)?.[1] ?? '';
    const found = z.array(z.object({ targets: z.array(z.string()), labels: z.record(z.string(), z.string()) })).parse(JSON.parse(await scrape(discovery)));
    const model = found.find(({ labels }) => labels['endpoint'] === 'road');
    const text = await scrape(`http://${model?.targets[0] ?? ''}${model?.labels['__metrics_path__'] ?? ''}`);
    assert.match(text, /^slipway_model_info\{.*model="rule",version="1"/m);
    assert.match(await scrape(`http://127.0.0.1:${home.client().lock.port}/metrics`), /^slipway_endpoint_state\{endpoint="road",state="live"\} 1$/m);
    const rules = await shown('prometheus', 'rules');
    assert.match(rules, /alert: SlipwayLatency\n[\s\S]*endpoint: road\n/);
    if (process.env['SLIPWAY_TEST_PROMETHEUS'] !== undefined) {
      const file = path.join(home.root, 'rules.yml');
      writeFileSync(file, rules);
      assert.equal(promtool(['check', 'rules', file]), '');
      assert.equal(promtool(['check', 'metrics'], text), '');
    }
    const { files } = await result(z.object({ files: z.array(z.string()) }), ['grafana', '--out', path.join(home.root, 'grafana')]);
    assert.deepEqual(files.map((file) => readFileSync(file, 'utf8').length > 100), [true, true, true]);
    await refused(2, /is not a URL/, 'grafana', '--out', home.root, '--prometheus', 'nowhere');
  });

  it('ends with 1 when a model fails its smoke test, and the old release stays', async () => {
    const failed = await slipway.run(['deploy', 'rule:3', '--endpoint', 'road']);
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /^failed .*no prediction today.*\n.*answers with version 1\n$/);
  });

  it('waits at a hold, goes on by promote, and cancels', async () => {
    const held = await result(z.object({ rollout: rolloutSchema }), ['deploy', 'rule:2', '--endpoint', 'road', '--blue-green', '--hold']);
    assert.equal(held.rollout.state, 'held');
    await refused(4, /A rollout of road .* is held/, 'deploy', 'rule:2', '--endpoint', 'road');
    assert.match(await shown('cancel', 'road'), /^cancelled /);
    await refused(4, /No rollout of road is running/, 'promote', 'road');
    await result(z.object({ rollout: rolloutSchema }), ['deploy', 'rule:2', '--endpoint', 'road', '--blue-green', '--hold']);
    assert.match(await shown('promote', 'road'), /^succeeded /);
    assert.equal((await result(endpointSchema, ['endpoints', 'road'])).liveVersion, 2);
  });

  it('cancels the rollout when Ctrl-C ends a deploy, with 130, and the old release stays', async () => {
    const before = await result(endpointSchema, ['endpoints', 'road']);
    const deploy = slipway.start(['deploy', 'rule:1', '--endpoint', 'road', '--canary', '10', '--step-seconds', '600']);
    await deploy.says(/Canary +·/);
    await refused(4, /too few requests to be judged by \(10 → 100 % at \d+ requests; 0 so far[\s\S]*--yes/, 'promote', 'road');
    deploy.process.kill('SIGINT');
    const { code, stdout } = await deploy.ended;
    assert.equal(code, 130);
    assert.match(stdout, /^cancelled /);
    const now = await result(endpointSchema, ['endpoints', 'road']);
    assert.deepEqual([now.liveVersion, now.rollout?.state], [before.liveVersion, 'cancelled']);
  });

  it('completes the names of what exists', async () => {
    assert.equal(await shown('complete', 'endpoint'), 'road\n');
    assert.deepEqual((await shown('complete', 'model')).trim().split('\n').sort(), ['copy', 'rule']);
    assert.equal(await shown('complete', 'planet'), '\n');
  });

  it('shows and changes settings, and refuses values that do not fit', async () => {
    assert.match(await shown('config'), /gatewayPort\s+\d+\n/);
    assert.deepEqual(await result(z.unknown(), ['config', 'inferenceLogDays=7']), { inferenceLogDays: 7 });
    assert.match(await shown('config', 'inferenceLogDays'), /^inferenceLogDays\s+7\n$/);
    await refused(2, /number/, 'config', 'inferenceLogDays=week');
    await refused(2, /bodySampleRate/, 'config', 'bodySampleRate=2');
  });

  it('stops, starts and deletes an endpoint', async () => {
    assert.match(await shown('stop-endpoint', 'road'), /road\s+stopped/);
    const gone = await slipway.run(['predict', 'road', '-d', row(1)]);
    assert.equal(gone.code, 1, gone.stdout + gone.stderr);
    await shown('start-endpoint', 'road');
    await home.endpoint('road', ({ state }) => state === 'live');
    assert.match(await shown('predict', 'road', '-d', row(2)), /\[1\]/);
    await shown('delete-endpoint', 'road', '--even-if-busy');
    await refused(3, /no endpoint road/, 'endpoints', 'road');
    assert.match(await shown('endpoints'), /No endpoints/);
  });

  it('is told by status what runs, and serve finds the running companion', async () => {
    const { pid } = home.client().lock;
    assert.match(await shown('status'), new RegExp(`process ${pid}[\\s\\S]*data home +${home.root}[\\s\\S]*process +`));
    assert.equal((await result(z.object({ pid: z.number() }), ['serve'])).pid, pid);
  });
});
