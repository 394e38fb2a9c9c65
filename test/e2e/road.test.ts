import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { createCompanionClient, type CompanionClient } from '../../server/client/companionClient.ts';
import { discoverCompanion } from '../../server/client/discover.ts';
import { ensurePackage } from '../setup/package.ts';
import { launchBrowser } from '../harness/vscode/browser.ts';
import { startCodeServer } from '../setup/codeServer.ts';
import { kernelExtension, packTestExtension } from '../setup/testExtensions.ts';
import { until } from '../harness/until.ts';
import { openWorkbench, type Workbench } from '../harness/vscode/workbench.ts';
import { makeHome, type TestHome } from '../vscode/suites/companionHome.ts';
import { copySample } from '../vscode/suites/slipwaySuite.ts';

/** A first environment is resolved and installed from the package registry. */
const deployMilliseconds = 240_000;
const kernelMilliseconds = 120_000;

/** Index of the training cell once the connecting cell is on top. */
const trainingCell = 6;

async function companionOf(home: TestHome): Promise<CompanionClient> {
  const lock = await discoverCompanion(home.path);
  assert.ok(lock, 'the extension has started a companion');
  return createCompanionClient(lock);
}

async function predict(client: CompanionClient): Promise<void> {
  const { url } = await client.call('getEndpoint', { name: 'churn' });
  const record = { age: 40, tenure_months: 3, monthly_charges: 90, support_calls: 5, contract: 'monthly', payment_method: 'card', internet: 'fiber' };
  const answer = await fetch(`${url}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ dataframe_records: [record] }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

async function closeNotifications(workbench: Workbench): Promise<void> {
  await workbench.runCommand('Notifications: Clear All Notifications');
}

async function connectAndRun(workbench: Workbench): Promise<void> {
  await workbench.openFile('churn.ipynb');
  await workbench.statusItem('Slipway: churn.ipynb').waitFor();
  await workbench.runCommand('Slipway: Connect Notebook');
  await workbench.pick('By a cell');
  await workbench.notification('Run the cell on top').waitFor();
  await closeNotifications(workbench);
  await workbench.runAllCells();
  await workbench.cell(trainingCell).getByText('1 run').waitFor({ timeout: kernelMilliseconds });
}

async function registerByClick(workbench: Workbench): Promise<void> {
  await workbench.cell(trainingCell).getByText('model logged: register').click({ timeout: kernelMilliseconds });
  await workbench.enter('churn');
  await workbench.notification('Registered churn version 1').waitFor();
}

async function deployFirst(workbench: Workbench): Promise<void> {
  await workbench.notification('Registered churn version 1').getByRole('button', { name: 'Deploy' }).click();
  await workbench.quickInput.getByText('Name of the endpoint').waitFor();
  await workbench.enter('churn');
  await workbench.pick('Local process');
  await workbench.pick('Deploy with these');
  await workbench.notification('churn now serves version 1').waitFor({ timeout: deployMilliseconds });
}

async function registerAndDeploySecond(workbench: Workbench): Promise<void> {
  await workbench.runCommand('Slipway: Register Model from Notebook');
  await workbench.pick('model');
  await workbench.pick('churn');
  await workbench.pick('test_x');
  await workbench.notification('Registered churn version 2').getByRole('button', { name: 'Deploy' }).click({ timeout: kernelMilliseconds });
  await workbench.pick('churn');
  await workbench.pick('Deploy with these');
  await workbench.pick('All at once');
  await workbench.notification('churn now serves version 2').waitFor({ timeout: deployMilliseconds });
}

/** Registers a model whose pickle would run a command; it is not loaded here. */
async function registerActing(client: CompanionClient): Promise<void> {
  const headers = { authorization: `Bearer ${client.lock.token}`, 'content-type': 'application/json' };
  const send = async (method: string, path: string, body: string): Promise<unknown> => {
    const answer = await fetch(`${client.baseUrl}/api/2.0/${path}`, { method, headers, body });
    assert.equal(answer.status, 200, path);
    return answer.json();
  };
  const { run } = (await send('POST', 'mlflow/runs/create', JSON.stringify({ experiment_id: '0', run_name: 'acting' }))) as { run: { info: { run_id: string } } };
  const files = {
    MLmodel: 'flavors:\n  sklearn:\n    pickled_model: model.pkl\n    serialization_format: pickle\n    sklearn_version: 1.7.2\n',
    'model.pkl': "cposix\nsystem\n(S'true'\ntR.",
    'requirements.txt': 'scikit-learn==1.7.2\n',
  };
  for (const [name, content] of Object.entries(files)) {
    await send('PUT', `mlflow-artifacts/artifacts/0/${run.info.run_id}/artifacts/model/${name}`, content);
  }
  await send('POST', 'mlflow/registered-models/create', JSON.stringify({ name: 'acting' }));
  await send('POST', 'mlflow/model-versions/create', JSON.stringify({ name: 'acting', source: `runs:/${run.info.run_id}/model`, run_id: run.info.run_id }));
}

/** @param folder that the model is let read */
async function allowAndDeploy(workbench: Workbench, client: CompanionClient, folder: string): Promise<void> {
  await closeNotifications(workbench);
  await registerActing(client);
  await workbench.runCommand('Slipway: Deploy Model');
  await workbench.pick('acting');
  await workbench.pick('Version 1');
  await workbench.pick('New endpoint');
  await workbench.enter('acting');
  await workbench.pick('Local process');
  await workbench.pick('whether the model opens connections');
  await workbench.pick('The model may send');
  await workbench.pick('folders beside the model');
  await workbench.quickInput.getByText('Folders that the model may read').waitFor();
  await workbench.enter(folder);
  await workbench.pick('Deploy with these');
  await workbench.notification('Version 1 did not go live on acting').getByRole('button', { name: 'Allow and Deploy Again' }).click({ timeout: deployMilliseconds });
  await workbench.dialog.getByText('model.pkl imports posix.system, which models do not need').waitFor();
  await workbench.dialog.getByText('runs whenever the model is loaded').waitFor();
  await workbench.dialog.getByRole('button', { name: 'Allow and Deploy Again' }).click();
  await until(async () => (await client.call('listAudit', { subject: 'acting' })).entries.some(({ action, program }) => action === 'pickle.allowed' && program === 'editor'));
  const { entries } = await client.call('listAudit', { subject: 'acting' });
  assert.equal(entries.filter(({ action, program }) => action === 'network.allowed' && program === 'editor').length, 2);
  assert.deepEqual(entries.find(({ action }) => action === 'folders.allowed')?.detail['folders'], [folder]);
  await client.call('deleteEndpoint', { name: 'acting', evenIfBusy: 'true' });
}

test('a model leaves the notebook, serves, is watched and is put back, by clicking', { timeout: 900_000 }, async (t) => {
  const workspace = copySample();
  const home = await makeHome();
  const server = await startCodeServer({
    workspace,
    extensions: [await ensurePackage(), await packTestExtension(kernelExtension)],
    environment: home.environment,
  });
  const browser = await launchBrowser();
  try {
    // High enough that all cells are drawn.
    const workbench = await openWorkbench(browser, server, { height: 2000 });
    const step = async (name: string, body: () => Promise<void>): Promise<void> => {
      let failure: unknown;
      await t.test(name, async () => {
        try {
          await body();
        } catch (error) {
          failure = error;
          await workbench.screenshot(`road-failed-${name.replace(/\W+/g, '-')}`);
          throw error;
        }
      });
      // Each step stands on those before.
      assert.ok(failure === undefined, `the road ends at: ${name}`);
    };

    await step('the notebook is connected and run', () => connectAndRun(workbench));
    await step('the model is registered from the cell that logged it', () => registerByClick(workbench));
    await step('the model is deployed from the notification', () => deployFirst(workbench));
    await step('a test request shows its answer beside it', async () => {
      await workbench.notification('churn now serves version 1').getByRole('button', { name: 'Send Test Request' }).click();
      await workbench.page.locator('.editor-instance').filter({ hasText: 'predictions' }).waitFor();
    });
    await step('predictions answer at the URL', async () => {
      const client = await companionOf(home);
      for (let count = 0; count < 5; count += 1) {
        await predict(client);
      }
    });
    await step('the monitoring shows the requests', async () => {
      await workbench.runCommand('Slipway: Open Monitoring');
      const panel = await workbench.webview('.figures');
      await panel.locator('.figure').filter({ hasText: 'Requests' }).getByText('6', { exact: true }).waitFor();
    });
    await step('the next version is registered from a variable and deployed', async () => {
      await workbench.openFile('churn.ipynb');
      await registerAndDeploySecond(workbench);
      await predict(await companionOf(home));
    });
    await step('rolling back shows what changes, and version 1 serves again', async () => {
      await workbench.runCommand('Slipway: Roll Back');
      await workbench.dialog.getByText('Roll back churn to version 1?').waitFor();
      await workbench.dialog.getByRole('button', { name: 'Roll Back' }).click();
      await workbench.notification('churn serves version 1 again').waitFor();
      const client = await companionOf(home);
      assert.equal((await client.call('getEndpoint', { name: 'churn' })).liveVersion, 1);
      await predict(client);
    });
    await step('the trees show the runs, the versions and the live endpoint', async () => {
      await workbench.page.locator('.activitybar').getByRole('tab', { name: 'Slipway' }).click();
      const sidebar = workbench.page.locator('.part.sidebar');
      await sidebar.getByRole('treeitem', { name: /Endpoint churn, churn 1 · live/ }).waitFor();
      await sidebar.getByRole('treeitem', { name: /churn version 1, .*live on churn/ }).waitFor();
    });
    await step('two runs that are selected in the tree are compared', async () => {
      const runs = workbench.page.locator('.part.sidebar').getByRole('treeitem', { name: /^Run .*finished/ });
      await runs.nth(0).click();
      await runs.nth(1).click({ modifiers: ['Shift'] });
      await runs.nth(1).click({ button: 'right' });
      // A menu takes no button that is let go in its first tenth of a second: it may be the one that opened it.
      await workbench.page.locator('.monaco-menu').getByRole('menuitem', { name: 'Compare Runs' }).click({ delay: 300 });
      const panel = await workbench.webview('body[data-panel="compare"] [role="grid"]');
      assert.equal(await panel.locator('[role="rowheader"]').count(), 2);
      const first = panel.locator('[role="rowheader"]').first();
      await first.click({ button: 'right' });
      await workbench.page.locator('.monaco-menu').getByRole('menuitem', { name: 'Rename Run', exact: true }).click({ delay: 300 });
      await workbench.enter('the good one');
      await panel.locator('[role="rowheader"]').filter({ hasText: 'the good one' }).waitFor();
    });
    await step('the registry says which version is live', async () => {
      await workbench.runCommand('Slipway: Open Registry');
      const panel = await workbench.webview('body[data-panel="registry"] h1');
      await panel.getByText('live').first().waitFor();
    });
    await step('a release that was rolled back from can be chosen again in the history', async () => {
      await workbench.runCommand('Slipway: Open Releases');
      const panel = await workbench.webview('body[data-panel="releases"] h1');
      await panel.getByRole('button', { name: 'Roll back to this' }).click();
      const dialog = panel.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Roll Back' }).click();
      await dialog.waitFor({ state: 'detached' });
      const client = await companionOf(home);
      assert.equal((await client.call('getEndpoint', { name: 'churn' })).liveVersion, 2);
    });
    await step('a pickle that was refused is allowed after a look at what that means', async () => {
      await allowAndDeploy(workbench, await companionOf(home), workspace);
    });
    await step('a panel comes back after a reload with what it showed', async () => {
      await workbench.reload();
      await workbench.page.getByRole('tab', { name: 'Releases: churn' }).click();
      await workbench.webview('body[data-panel="releases"] h1[title="churn"]');
    });
    await workbench.close();
  } finally {
    await browser.close();
    await server.stop();
    await home.remove();
    rmSync(workspace, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
});
