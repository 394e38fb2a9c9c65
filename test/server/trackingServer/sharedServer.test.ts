import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { artifactLimits } from '../../../server/contract/artifacts.ts';
import { CallFailure } from '../../../server/client/callFailure.ts';
import type { CompanionEvent } from '../../../server/contract/events.ts';
import type { Run } from '../../../server/contract/tracking.ts';
import { until } from '../../harness/until.ts';
import { openEndpointHome, predict, type EndpointHome } from '../deployments/endpointHome.ts';
import { openMlflowServer, type MlflowServer } from './mlflowServer.ts';

function unreachable(error: unknown): boolean {
  return CallFailure.is(error, 'unavailable') && error.field === 'trackingUri' && /does not answer/.test(error.message) && /slipway\.tracking\.uri/.test(error.remedy ?? '');
}

describe('a shared MLflow server', () => {
  let server: MlflowServer;
  let home: EndpointHome;
  let folder: string;
  let versions: Record<'steady' | 'steady:1', number>;
  before(async () => {
    server = await openMlflowServer({ MLFLOW_ENABLE_WORKSPACES: 'true' });
    home = await openEndpointHome();
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-notebook-'));
    await Promise.all([server.start(), home.start()]);
    await home.client().call('startCapture', { notebook: path.join(folder, 'before.ipynb') });
    await home.client().call('changeSettings', { trackingUri: server.url });
  });
  after(async () => {
    await home.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const kernel = async (user: string, route: string, body: object, named: Record<string, string> = {}): Promise<Response> => {
    const { baseUrl, lock } = home.client();
    return fetch(`${baseUrl}/api/2.0/mlflow${route}`, {
      method: 'POST',
      headers: { ...named, 'content-type': 'application/json', authorization: `Basic ${Buffer.from(`${user}:${lock.token}`).toString('base64')}` },
      body: JSON.stringify(body),
    });
  };
  const aliasThere = async (alias: string): Promise<string | undefined> => {
    const answer = JSON.stringify(await server.get(`/registered-models/alias?name=rule&alias=${alias}`));
    return /"version": ?"(\d+)"/.exec(answer)?.[1];
  };

  it('gets what kernels log to the companion, models and files too', async () => {
    versions = await home.register('rule', 'steady', 'steady:1');
    assert.deepEqual(versions, { steady: 1, 'steady:1': 2 });
    assert.match(JSON.stringify(await server.get('/registered-models/get?name=rule')), /"name": ?"rule"/);
  });

  it('is what trees and panels show, and nothing of this machine', async () => {
    const client = home.client();
    const { experiments } = await client.call('listExperiments', {});
    assert.deepEqual(experiments.map(({ name, runs }) => [name, runs]), [['Default', undefined]]);
    const { runs, truncated } = await client.call('listRuns', { limit: 1 });
    assert.equal(truncated, true);
    const [latest] = runs;
    assert.ok(latest);
    assert.deepEqual(latest.models.map(({ name }) => name), ['model']);
    assert.equal((await client.call('getTrackingServer', {})).uri, server.url);

    const steps = Array.from({ length: 3000 }, (_none, step) => ({ key: 'loss', value: 1 / (step + 1), timestamp: step, step }));
    for (let from = 0; from < steps.length; from += 1000) {
      assert.equal((await kernel('slipway', '/runs/log-batch', { run_id: latest.runId, metrics: steps.slice(from, from + 1000) })).status, 200);
    }
    await kernel('slipway', '/runs/log-parameter', { run_id: latest.runId, key: 'C', value: '0.5' });
    const { series } = await client.call('getMetricSeries', { runIds: [latest.runId], keys: ['loss', 'none'], maxPoints: 100 });
    assert.equal(series.length, 1);
    assert.ok(series[0] !== undefined && series[0].points.length <= 102 && series[0].points.length > 50);
    assert.equal(series[0].points.at(-1)?.step, 2999);

    const found = await client.call('listRuns', { filter: "params.C = '0.5' and metrics.loss < 0.1" });
    assert.deepEqual(found.runs.map(({ runId }) => runId), [latest.runId]);
    await assert.rejects(client.call('listRuns', { filter: 'params.C ~ 1' }), (error) => CallFailure.is(error, 'invalid-input'));
    const other = (await client.call('listRuns', {})).runs.at(-1);
    assert.ok(other);
    const { rows } = await client.call('compareRuns', { runIds: [latest.runId, other.runId] });
    assert.deepEqual(rows.find(({ key }) => key === 'C'), { kind: 'param', key: 'C', values: ['0.5', null], differs: true });
    assert.ok(rows.some(({ kind, key }) => kind === 'environment' && key === 'scikit-learn'));
  });

  it('fills the Compare panel: its table, windows of curves, images, tables and differences of notebooks', async () => {
    const client = home.client();
    const { runIds, truncated } = await client.call('listRunIds', {});
    assert.equal(truncated, false);
    assert.deepEqual((await client.call('listRunIds', { limit: 1 })).runIds, runIds.slice(0, 1));
    const [latest = '', other = ''] = runIds;
    const table = await client.call('readRunTable', { runIds: [other, '0'.repeat(32), latest] });
    assert.deepEqual(table.runs.map(({ runId, models }) => [runId, models.length]), [[other, 1], [latest, 1]]);
    assert.deepEqual(table.params.find(({ key }) => key === 'C'), { key: 'C', values: ['0.5'], places: [-1, 0] });
    const loss = table.metrics.find(({ key }) => key === 'loss');
    assert.equal(Buffer.from(loss?.values ?? '', 'base64').readDoubleLE(8), 1 / 3000);
    await assert.rejects(client.call('readRunTable', { runIds: ["x') OR run_id IN ('y"] }), (error) => CallFailure.is(error, 'invalid-input'));

    for (const window of [{ by: 'step', from: 99.5, to: 120 }, { by: 'time', from: 99.5, to: 120 }] as const) {
      const { series } = await client.call('getMetricSeries', { runIds: [latest, other], keys: ['loss'], maxPoints: 100, window });
      assert.deepEqual(series.map(({ runId, points }) => [runId, points.map(({ step }) => step)]), [[latest, Array.from({ length: 21 }, (_none, index) => 100 + index)]]);
    }

    const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
    const files: [string, Buffer][] = [['plots/roc.png', png], ['confusion_matrix.json', Buffer.from('{"columns": ["a"], "data": [[1]]}')], ['large.csv', Buffer.alloc(3 << 20, 'a,b\n')], ['notes.txt', Buffer.from('no table')]];
    const { run } = z.object({ run: z.object({ info: z.object({ artifact_uri: z.string() }) }) }).parse(await server.get(`/runs/get?run_id=${latest}`));
    for (const [name, content] of files) {
      await fetch(`${server.url}/api/2.0/mlflow-artifacts/artifacts/${run.info.artifact_uri.replace('mlflow-artifacts:/', '')}/${name}`, { method: 'PUT', body: new Uint8Array(content) });
    }
    const { runs: listed } = await client.call('listRunArtifacts', { runIds: [latest, other] });
    assert.deepEqual(listed.map(({ runId, files: shown }) => [runId, shown.map(({ path: name, kind }) => [name, kind]).sort()]), [
      [latest, [['confusion_matrix.json', 'table'], ['large.csv', 'table'], ['plots/roc.png', 'image']]],
      [other, []],
    ]);
    const read = (name: string): Promise<unknown> => client.call('readRunArtifact', { runId: latest, path: name });
    assert.deepEqual(await read('plots/roc.png'), { kind: 'image', mime: 'image/png', base64: png.toString('base64'), bytes: png.byteLength });
    assert.deepEqual(await read('confusion_matrix.json'), { kind: 'text', text: '{"columns": ["a"], "data": [[1]]}', bytes: 33 });
    assert.deepEqual(await read('large.csv'), { kind: 'too-large', bytes: 3 << 20, limit: artifactLimits.table });
    await assert.rejects(read('gone.png'), (error) => CallFailure.is(error, 'not-found'));
    await assert.rejects(read('../other'), (error) => CallFailure.is(error, 'invalid-input'));
    assert.equal((await client.call('compareNotebooks', { from: latest, to: other })).recorded, false);
  });

  it('takes and gives back experiments and runs', async () => {
    const client = home.client();
    const { experimentId } = await client.call('createExperiment', { name: 'ours' });
    await assert.rejects(client.call('createExperiment', { name: 'ours' }), (error) => CallFailure.is(error, 'already-exists'));
    assert.equal((await client.call('renameExperiment', { experimentId, name: 'theirs' })).name, 'theirs');
    assert.equal((await client.call('setPrimaryMetric', { experimentId, metric: 'auc' })).tags['mlflow.experiment.primaryMetric.greaterIsBetter'], 'True');
    assert.equal((await client.call('setMetricDirection', { experimentId, metric: 'auc', direction: 'lower' })).tags['mlflow.experiment.primaryMetric.greaterIsBetter'], 'False');
    assert.equal((await client.call('setPrimaryMetric', { experimentId, metric: null })).tags['mlflow.experiment.primaryMetric.name'], '');
    const created = z.object({ run: z.object({ info: z.object({ run_id: z.string() }) }) });
    const { run } = created.parse(await (await kernel('slipway', '/runs/create', { experiment_id: '0', start_time: Date.now(), run_name: 'a slip' })).json());
    await client.call('deleteRun', { runId: run.info.run_id });
    await client.call('deleteExperiment', { experimentId });
    const deleted = await client.call('listDeleted', {});
    assert.deepEqual([deleted.experiments.map(({ name }) => name), deleted.runs.map(({ name }) => name)], [['theirs'], ['a slip']]);
    await assert.rejects(client.call('purge', {}), (error) => CallFailure.is(error, 'unavailable') && /mlflow gc/.test(error.remedy ?? ''));
    await client.call('restoreRun', { runId: run.info.run_id });
    assert.equal((await client.call('restoreExperiment', { experimentId })).name, 'theirs');
    assert.deepEqual((await client.call('listDeleted', {})).runs, []);
    await client.call('deleteRun', { runId: run.info.run_id });
    await client.call('deleteExperiment', { experimentId });
  });

  it('takes names, notes, descriptions, registrations and aliases', async () => {
    const client = home.client();
    const run = (await client.call('listRuns', {})).runs[0];
    assert.ok(run);
    await client.call('renameRun', { runId: run.runId, name: 'the good one' });
    assert.equal((await client.call('setNote', { runId: run.runId, note: 'keep it' })).tags['mlflow.note.content'], 'keep it');
    assert.equal((await client.call('setNote', { runId: run.runId, note: '' })).tags['mlflow.note.content'], undefined);
    assert.equal((await client.call('getRun', { runId: run.runId })).name, 'the good one');

    const registered = await client.call('registerVersion', { name: 'rule', source: { kind: 'latest-of-run', runId: run.runId }, aliases: ['candidate'], tags: { by: 'test' } });
    assert.deepEqual([registered.version, registered.aliases, registered.tags['by'], registered.server], [3, ['candidate'], 'test', server.url]);
    assert.deepEqual(registered.flavors, ['python_function', 'sklearn']);
    assert.deepEqual(registered.signature?.inputs.map(({ name }) => name), ['a', 'b']);
    await client.call('describeVersion', { name: 'rule', version: 3, description: 'from the run' });
    await client.call('setAlias', { name: 'rule', alias: 'candidate', version: 2 });
    assert.equal(await aliasThere('candidate'), '2');
    await client.call('deleteAlias', { name: 'rule', alias: 'candidate' });
    const { models } = await client.call('listModels', {});
    assert.deepEqual(models.map(({ name, aliases, versions: all }) => [name, aliases, all.map(({ version, description }) => [version, description])]), [
      ['rule', {}, [[3, 'from the run'], [2, ''], [1, '']]],
    ]);
    await client.call('deleteVersion', { name: 'rule', version: 3 });
    await assert.rejects(client.call('getVersion', { name: 'rule', version: 3 }), (error) => CallFailure.is(error, 'not-found') && /Versions: 2, 1/.test(error.remedy ?? ''));
    await assert.rejects(client.call('moveRuns', { runIds: [run.runId], experimentId: '0' }), (error) => CallFailure.is(error, 'unavailable') && error.remedy !== undefined);
  });

  it('says by events what others changed', async () => {
    const client = home.client();
    const seen: CompanionEvent[] = [];
    const following = new AbortController();
    const opened = new Promise<void>((resolve) => {
      void (async () => {
        for await (const event of client.events(following.signal, resolve)) {
          seen.push(event);
        }
      })().catch(() => undefined);
    });
    await opened;
    await client.call('lookForChanges', {});
    await fetch(`${server.url}/api/2.0/mlflow/runs/create`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ experiment_id: '0', start_time: Date.now() }) });
    await until(async () => {
      await client.call('lookForChanges', {});
      return seen.some(({ topic }) => topic === 'run');
    });
    following.abort();
  });

  it('gets captured runs as ordinary runs, linked to what their cells logged; the cells stay here', async () => {
    const client = home.client();
    const notebook = path.join(folder, 'train.ipynb');
    writeFileSync(notebook, '{}');
    const { runId } = await client.call('startCapture', { notebook, workspace: folder });
    await client.call('beginCell', { runId, cellId: 'fit', cellIndex: 2, startedAt: Date.now() });
    const created = await kernel(`nb-${runId}`, '/runs/create', { experiment_id: '0', start_time: Date.now(), run_name: 'by the cell' });
    const logged = /"run_id": ?"([0-9a-f]{32})"/.exec(await created.text())?.[1];
    assert.ok(logged);
    const { runs } = await client.call('recordCell', {
      runId,
      execution: {
        cellId: 'fit',
        cellIndex: 2,
        tags: ['parameters', 'metrics'],
        source: 'depth = 3',
        startedAt: 1000,
        endedAt: 2000,
        success: true,
        outputs: [{ mime: 'text/plain', content: 'auc: 0.9', encoding: 'text' }],
      },
    });
    assert.deepEqual(runs, [{ runId: logged, name: 'by the cell', experimentId: '0' }]);
    await client.call('endCapture', { runId });

    const published = async (): Promise<Run | undefined> => (await client.call('listRuns', { notebook, filter: "tags.`slipway.source` = 'capture'" })).runs[0];
    await until(async () => (await published())?.status === 'FINISHED');
    const copy = await published();
    assert.ok(copy);
    assert.notEqual(copy.runId, runId);
    assert.deepEqual([copy.source, copy.params, copy.metrics], ['capture', { depth: '3' }, { auc: 0.9 }]);
    assert.equal((await client.call('getRun', { runId })).runId, copy.runId);
    assert.equal((await client.call('getCapture', { runId: copy.runId })).executions[0]?.source, 'depth = 3');
    assert.equal((await client.call('listExecutions', { runId: copy.runId })).total, 1);
    const links = await client.call('listLinkedRuns', { runIds: [copy.runId] });
    assert.deepEqual(links.runs.map((link) => [link.captureRunId, link.runId, link.name]), [[copy.runId, logged, 'by the cell']]);
    const cells = await client.call('compareNotebooks', { from: logged, to: copy.runId });
    assert.deepEqual([cells.recorded, cells.notebooks], [true, [notebook, notebook]]);
    await until(async () => (await client.call('getRun', { runId: logged })).cell?.cellIndex === 2);
    assert.equal((await client.call('getRun', { runId: logged })).cell?.captureRunId, runId);
  });

  it('has workspaces: the one of the setting is shown and logged to, unless a kernel names another', async () => {
    const client = home.client();
    const there = async (workspace: string, route: string): Promise<string> =>
      (await fetch(`${server.url}/api/2.0/mlflow${route}`, { headers: { 'x-mlflow-workspace': workspace } })).text();
    const made = await fetch(`${server.url}/api/3.0/mlflow/workspaces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'team-a' }) });
    assert.ok(made.ok, await made.text());
    await client.call('changeSettings', { trackingWorkspace: 'team-a' });
    try {
      const { experimentId } = await client.call('createExperiment', { name: 'ours' });
      assert.match(await there('team-a', '/experiments/get-by-name?experiment_name=ours'), new RegExp(`"experiment_id": ?"${experimentId}"`));
      assert.match(await there('default', '/experiments/get-by-name?experiment_name=ours'), /RESOURCE_DOES_NOT_EXIST/);
      const started = { start_time: Date.now() };
      assert.equal((await kernel('slipway', '/runs/create', { ...started, experiment_id: experimentId, run_name: 'in the workspace' })).status, 200);
      const elsewhere = await kernel('slipway', '/runs/create', { ...started, experiment_id: '0', run_name: 'in the default one' }, { 'x-mlflow-workspace': 'default' });
      assert.equal(elsewhere.status, 200);
      assert.deepEqual((await client.call('listRuns', {})).runs.map(({ name }) => name), ['in the workspace']);

      // The cell that made a run is written where the run is.
      const { runId: capture } = await client.call('startCapture', { notebook: path.join(folder, 'before.ipynb') });
      await client.call('beginCell', { runId: capture, cellId: 'fit', cellIndex: 7, startedAt: Date.now() });
      const byCell = await kernel(`nb-${capture}`, '/runs/create', { ...started, experiment_id: '0', run_name: 'by a cell' }, { 'x-mlflow-workspace': 'default' });
      const logged = /"run_id": ?"([0-9a-f]{32})"/.exec(await byCell.text())?.[1];
      assert.ok(logged);
      await client.call('recordCell', { runId: capture, execution: { cellId: 'fit', cellIndex: 7, tags: [], source: '', startedAt: 1000, endedAt: 2000, success: true, outputs: [] } });
      await until(async () => /slipway\.cell\.index/.test(await there('default', `/runs/get?run_id=${logged}`)));
      await client.call('endCapture', { runId: capture });

      // A model of the same name is another one in each.
      const { runs: [run] } = await client.call('listRuns', {});
      assert.ok(run);
      const source = /"artifact_uri": ?"([^"]+)"/.exec(await there('team-a', `/runs/get?run_id=${run.runId}`))?.[1];
      for (const [route, body] of [['/registered-models/create', { name: 'rule' }], ['/model-versions/create', { name: 'rule', source: `${source}/model`, run_id: run.runId }]] as const) {
        const answer = await kernel('slipway', route, body);
        assert.equal(answer.status, 200, await answer.text());
      }
      await client.call('setAlias', { name: 'rule', alias: 'candidate', version: 1 });
      const { models } = await client.call('listModels', {});
      assert.deepEqual(models.map(({ name, aliases, versions: all }) => [name, aliases, all.map(({ version }) => version)]), [['rule', { candidate: 1 }, [1]]]);
      assert.equal((await client.call('getVersion', { name: 'rule', version: 1 })).server, `${server.url}#workspace=team-a`);
      assert.equal(await aliasThere('candidate'), undefined);
      await assert.rejects(client.call('changeSettings', { trackingWorkspace: 'no/workspace' }), (error) => CallFailure.is(error, 'invalid-input') && error.field === 'trackingWorkspace');
    } finally {
      await client.call('changeSettings', { trackingWorkspace: '' });
    }
    assert.deepEqual((await client.call('listModels', {})).models.map(({ versions: all }) => all.length), [2]);
  });

  it('gives a version to deploy, which is kept by its content and served here', async () => {
    const client = home.client();
    assert.equal((await client.call('getVersion', { name: 'rule', version: 1 })).digest, undefined);
    const first = await home.deploy({ name: 'rule', model: 'rule', version: versions.steady });
    assert.equal(first.state, 'succeeded', first.message);
    const endpoint = await home.endpoint('rule');
    assert.equal(endpoint.liveServer, server.url);
    assert.deepEqual((await predict(endpoint.url, 0.5)).predictions, [1]);
    const release = await client.call('getRelease', { digest: endpoint.liveRelease ?? '' });
    assert.equal(release.model.server, server.url);
    assert.equal((await client.call('getVersion', { name: 'rule', version: 1 })).digest, release.model.digest);
    await until(async () => (await aliasThere('champion')) === '1');

    const second = await home.deploy({ name: 'rule', model: 'rule', version: 'latest' });
    assert.equal(second.state, 'succeeded', second.message);
    assert.deepEqual((await predict(endpoint.url, 0.5)).predictions, [0]);
    await until(async () => (await aliasThere('champion')) === '2');
    await assert.rejects(client.call('deleteVersion', { name: 'rule', version: 2 }), (error) => CallFailure.is(error, 'conflict'));
  });

  it('may be away: a rollback works, and the alias follows when the server is back, also after a kill', async () => {
    await server.stop();
    const client = home.client();
    await assert.rejects(client.call('listExperiments', {}), unreachable);
    await assert.rejects(client.call('listModels', {}), unreachable);
    await assert.rejects(client.call('deploy', { name: 'rule', model: 'rule', version: 2 }), unreachable);
    // What mlflow's client tries again.
    assert.equal((await kernel('slipway', '/runs/search', {})).status, 503);
    const { rollout } = await client.call('rollBack', { name: 'rule', reason: 'worse' });
    await home.rollout(rollout.id, ({ state }) => state === 'succeeded');
    assert.ok(rollout.journal.some(({ message }) => message.includes(`moves to version 1 on ${server.url}, as soon as that answers`)));
    const { url } = await home.endpoint('rule');
    assert.deepEqual((await predict(url, 0.5)).predictions, [1]);
    await until(async () => (await client.call('getTrackingServer', {})).waiting.some((line) => /alias champion .* does not answer/.test(line)));

    await home.kill();
    await server.start();
    assert.equal(await aliasThere('champion'), '2');
    await home.start();
    await until(async () => (await aliasThere('champion')) === '1');
    await until(async () => (await home.client().call('getTrackingServer', {})).waiting.length === 0);
    const { entries } = await home.client().call('listAudit', { subject: 'rule' });
    assert.deepEqual(entries.filter(({ action }) => action === 'alias.set').map(({ actor, detail }) => [actor, detail['version']])[0], ['ada', 1]);
  });

  it('can be left: what this machine has is there again, and its own models are no others', async () => {
    const client = home.client();
    await client.call('changeSettings', { trackingUri: '' });
    const { experiments } = await client.call('listExperiments', {});
    assert.deepEqual(experiments.map(({ name }) => name).sort(), ['Default', 'before.ipynb', 'train.ipynb']);
    assert.deepEqual((await client.call('listModels', {})).models, []);
    const { rollout } = await client.call('rollBack', { name: 'rule', to: (await home.endpoint('rule')).history.find(({ modelVersion }) => modelVersion === 2)?.release, reason: '' });
    await home.rollout(rollout.id, ({ state }) => state === 'succeeded');
    await until(async () => (await aliasThere('champion')) === '2');
  });
});
