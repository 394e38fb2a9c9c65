import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { z } from 'zod';
import { freePort } from '../../server/deployments/targets/process/freePort.ts';
import { openMlflowServer } from '../server/trackingServer/mlflowServer.ts';
import { ensurePackage } from '../setup/package.ts';
import { makeWorkspace } from '../harness/vscode/notebook.ts';
import { inWorkbench } from '../harness/vscode/workbench.ts';
import { makeHome } from './suites/companionHome.ts';

const login = `Basic ${Buffer.from('ada:s3cr3t').toString('base64')}`;

interface Guard {
  readonly url: string;
  readonly server: Server;
  /** While true, connections are cut. */
  away: boolean;
}

/** Stands before a server, as a company's proxy does, and wants a login. */
async function guard(url: string): Promise<Guard> {
  const port = await freePort();
  const server = createServer((request, response) => {
    if (guarded.away) {
      request.socket.destroy();
      return;
    }
    if (request.headers.authorization !== login) {
      response.writeHead(401, { 'content-type': 'text/html' }).end('<h1>Unauthorized</h1>');
      return;
    }
    const upstream = httpRequest(`${url}${request.url ?? ''}`, { method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response).catch(() => undefined);
    });
    upstream.on('error', () => response.destroy());
    pipeline(request, upstream).catch(() => undefined);
  });
  const guarded: Guard = { url: `http://127.0.0.1:${port}`, server, away: false };
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return guarded;
}

/** What a teammate logs, straight to the server. */
function createTeammate(url: string): { logRun(name: string, auc: number): Promise<string>; registerModel(runId: string, name: string): Promise<void> } {
  const post = async <S extends z.ZodType>(path: string, body: object, answer: S, method = 'POST'): Promise<z.output<S>> => {
    const response = await fetch(`${url}/api/2.0/mlflow${path}`, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    assert.equal(response.status, 200, path);
    return answer.parse(await response.json());
  };
  const nothing = z.object({});
  return {
    async logRun(name, auc) {
      const { run } = await post('/runs/create', { experiment_id: '0', start_time: Date.now(), run_name: name }, z.object({ run: z.object({ info: z.object({ run_id: z.string() }) }) }));
      const runId = run.info.run_id;
      const curve = Array.from({ length: 200 }, (_none, step) => ({ key: 'loss', value: 1 / (1 + step * auc), timestamp: Date.now(), step }));
      await post('/runs/log-batch', { run_id: runId, metrics: [{ key: 'auc', value: auc, timestamp: Date.now(), step: 0 }, ...curve], params: [{ key: 'depth', value: String(Math.round(auc * 10)) }] }, nothing);
      await post('/runs/update', { run_id: runId, status: 'FINISHED', end_time: Date.now() }, nothing);
      return runId;
    },
    async registerModel(runId, name) {
      const { model } = await post('/logged-models', { experiment_id: '0', name: 'model', source_run_id: runId }, z.object({ model: z.object({ info: z.object({ model_id: z.string(), artifact_uri: z.string() }) }) }));
      const { model_id: modelId, artifact_uri: uri } = model.info;
      const mlmodel = 'flavors:\n  sklearn: {}\nmodel_size_bytes: 52340\nsignature:\n  inputs: \'[{"type": "double", "name": "age", "required": true}]\'\n';
      await fetch(`${url}/api/2.0/mlflow-artifacts/artifacts/${uri.replace(/^mlflow-artifacts:\//, '')}/MLmodel`, { method: 'PUT', body: mlmodel });
      await post(`/logged-models/${modelId}`, { model_id: modelId, status: 'LOGGED_MODEL_READY' }, nothing, 'PATCH');
      await post('/registered-models/create', { name }, nothing);
      await post('/model-versions/create', { name, source: `models:/${modelId}`, model_id: modelId, run_id: runId }, nothing);
      await post('/registered-models/alias', { name, alias: 'champion', version: '1' }, nothing);
    },
  };
}

test('a team’s tracking server: chosen, logged in to, shown live, away and back', async () => {
  const workspace = makeWorkspace(['1 + 1']);
  const home = await makeHome();
  const mlflow = await openMlflowServer();
  await mlflow.start();
  const guarded = await guard(mlflow.url);
  const teammate = createTeammate(mlflow.url);
  try {
    await teammate.logRun('first try', 0.7);
    await teammate.registerModel(await teammate.logRun('second try', 0.9), 'churn');
    await inWorkbench('tracking-server', { workspace, extensions: [await ensurePackage()], environment: home.environment }, async (workbench) => {
      const { page } = workbench;
      const row = (text: string): ReturnType<typeof page.locator> => page.locator('.part.sidebar .monaco-list-row').filter({ hasText: text }).first();
      await page.locator('.part.activitybar').getByRole('tab', { name: 'Slipway' }).click();

      await workbench.runCommand('Slipway: Choose Tracking Server');
      await workbench.pick('A shared MLflow server');
      await workbench.enter(guarded.url);
      // Its login is asked for at once; left, it is there to be given later.
      await workbench.quickInput.getByText('User name and password').waitFor();
      await page.keyboard.press('Escape');
      await row('Refuses the login').waitFor();
      await workbench.screenshot('tracking-server-login');
      await row('Log In').click();
      await workbench.pick('User name and password');
      await workbench.quickInput.getByText('User name (').waitFor();
      await workbench.enter('ada');
      await workbench.quickInput.getByText('Password of ada').waitFor();
      await workbench.enter('s3cr3t');
      await row('second try').waitFor();
      await row('churn').waitFor();

      await teammate.logRun('third try', 0.95);
      await row('third try').waitFor();
      await workbench.runCommand('Slipway: Compare Runs of Experiment');
      await workbench.pick('Default');
      const compare = await workbench.webview('[role="grid"]');
      await compare.getByText('third try').first().waitFor();
      await teammate.logRun('fourth try', 0.8);
      await compare.getByText('fourth try').first().waitFor();
      await workbench.screenshot('tracking-server-compare');
      await workbench.runCommand('Slipway: Open Registry');
      const registry = await workbench.webview('.version-detail');
      await registry.getByText(guarded.url.replace('http://', ''), { exact: true }).waitFor();
      await registry.getByText('does not keep which version').waitFor();
      await workbench.screenshot('tracking-server-registry');
      await workbench.runCommand('Slipway: Show Status');
      await workbench.quickInput.getByText(`Runs and models on ${guarded.url}`).waitFor();
      await workbench.screenshot('tracking-server-status');
      await page.keyboard.press('Escape');

      // The login is kept in the secret storage, the companion's in memory alone.
      await workbench.runCommand('Slipway: Restart Companion');
      await row('third try').waitFor();

      guarded.away = true;
      await row('Does not answer').waitFor();
      await workbench.screenshot('tracking-server-away');
      await row('Try Again').click();
      guarded.away = false;
      await row('third try').waitFor();

      await workbench.runCommand('Slipway: Choose Tracking Server');
      await workbench.pick('This machine');
      await row('third try').waitFor({ state: 'detached' });
    });
  } finally {
    guarded.server.closeAllConnections();
    guarded.server.close();
    await mlflow.close();
    await home.remove();
    rmSync(workspace, { recursive: true, force: true });
  }
});
