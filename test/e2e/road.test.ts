import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { createCompanionClient, type CompanionClient } from '../../server/client/companionClient.ts';
import { discoverCompanion } from '../../server/client/discover.ts';
import { ensurePackage } from '../setup/package.ts';
import { launchBrowser } from '../harness/vscode/browser.ts';
import { type Keyboard, keyboardOf, watchPointer } from '../harness/vscode/keyboard.ts';
import { startCodeServer } from '../setup/codeServer.ts';
import { kernelExtension, packTestExtension } from '../setup/testExtensions.ts';
import { until } from '../harness/until.ts';
import { openWorkbench, type Workbench } from '../harness/vscode/workbench.ts';
import { makeHome, type TestHome } from '../vscode/suites/companionHome.ts';
import { makeDemandWorkspace } from './demandWorkspace.ts';

/** A first environment is resolved and installed from the package registry. */
const deployMilliseconds = 300_000;
const kernelMilliseconds = 300_000;

/** Index of the cell that searches and fits. */
const trainingCell = 2;

/** A window, and what works in it by keys alone. */
interface Seat {
  readonly workbench: Workbench;
  readonly keyboard: Keyboard;
}

async function companionOf(home: TestHome): Promise<CompanionClient> {
  const lock = await discoverCompanion(home.path);
  assert.ok(lock, 'the extension has started a companion');
  return createCompanionClient(lock);
}

async function predict(client: CompanionClient): Promise<void> {
  const { url } = await client.call('getEndpoint', { name: 'demand' });
  const record = { temperature: 21.5, holiday: 0, weekday: 'tuesday', price: 2.4 };
  const answer = await fetch(`${url}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ dataframe_records: [record] }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

async function openAndRun({ keyboard, workbench }: Seat): Promise<void> {
  await keyboard.openFile('demand.ipynb');
  await workbench.statusItem('Slipway: demand.ipynb').waitFor();
  await keyboard.runCommand('Notebook: Run All');
  await workbench.cell(trainingCell).getByText('2 models logged').waitFor({ timeout: kernelMilliseconds });
}

async function registerFromCell({ keyboard, workbench }: Seat): Promise<void> {
  await keyboard.runCommand('Slipway: Notebook Menu');
  await keyboard.pick(/models logged: register/);
  await keyboard.accept('Name of the registered model');
  await workbench.notification('Registered demand version 1').waitFor();
}

async function deployFirst({ keyboard, workbench }: Seat): Promise<void> {
  await keyboard.act('Registered demand version 1', 'Deploy');
  await keyboard.accept('Name of the endpoint');
  await keyboard.pick('Local process');
  await keyboard.pick('Deploy with these');
  await workbench.notification('demand now serves version 1').waitFor({ timeout: deployMilliseconds });
}

async function registerAndDeploySecond({ keyboard, workbench }: Seat): Promise<void> {
  await keyboard.runCommand('Slipway: Register Model from Notebook');
  await keyboard.pick('search');
  await keyboard.pick('demand');
  await keyboard.pick('test_x');
  await workbench.notification('Registered demand version 2').waitFor({ timeout: kernelMilliseconds });
  await keyboard.act('Registered demand version 2', 'Deploy');
  await keyboard.pick('demand');
  await keyboard.pick('Deploy with these');
  await keyboard.pick('All at once');
  await workbench.notification('demand now serves version 2').waitFor({ timeout: deployMilliseconds });
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
  await workbench.runCommand('Notifications: Clear All Notifications');
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

test('a model leaves a notebook of one’s own, serves, is watched and is put back, with nothing configured; there and back by keyboard alone', { timeout: 1_800_000 }, async (t) => {
  const workspace = makeDemandWorkspace();
  const before = readdirSync(workspace).sort();
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
    const presses = await watchPointer(workbench.page);
    const keyboard = keyboardOf(workbench);
    const seat = { workbench, keyboard };
    const step = async (name: string, body: () => void | Promise<void>): Promise<void> => {
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

    await step('the notebook is opened and run', () => openAndRun(seat));
    await step('the model is registered from the cell that logged it', () => registerFromCell(seat));
    await step('the model is deployed from the notification', () => deployFirst(seat));
    await step('a test request shows its answer beside it', async () => {
      await keyboard.act('demand now serves version 1', 'Send Test Request');
      await workbench.page.locator('.editor-instance').filter({ hasText: 'predictions' }).waitFor();
    });
    await step('predictions answer at the URL', async () => {
      const client = await companionOf(home);
      for (let count = 0; count < 5; count += 1) {
        await predict(client);
      }
    });
    await step('the monitoring shows the requests', async () => {
      await keyboard.runCommand('Slipway: Open Monitoring');
      const panel = await workbench.webview('.figures');
      await panel.locator('.figure').filter({ hasText: 'Requests' }).getByText('6', { exact: true }).waitFor();
    });
    await step('the next version is registered from a variable and deployed', async () => {
      await keyboard.openFile('demand.ipynb');
      await registerAndDeploySecond(seat);
      await predict(await companionOf(home));
    });
    await step('rolling back shows what changes, and version 1 serves again', async () => {
      await keyboard.runCommand('Slipway: Roll Back');
      await workbench.dialog.getByText('Roll back demand to version 1?').waitFor();
      await keyboard.confirm('Roll Back to Version 1');
      await workbench.notification('demand serves version 1 again').waitFor();
      const client = await companionOf(home);
      assert.equal((await client.call('getEndpoint', { name: 'demand' })).liveVersion, 1);
      await predict(client);
    });
    await step('the trees show the runs, the versions and the live endpoint', async () => {
      await keyboard.runCommand('Slipway: Focus on Experiments View');
      const sidebar = workbench.page.locator('.part.sidebar');
      await sidebar.getByRole('treeitem', { name: /Endpoint demand, demand 1 · live/ }).waitFor();
      await sidebar.getByRole('treeitem', { name: /demand version 1, .*live on demand/ }).waitFor();
    });
    await step('nothing was clicked until here', () => assert.deepEqual(presses, []));
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
      assert.equal((await client.call('getEndpoint', { name: 'demand' })).liveVersion, 2);
    });
    await step('a pickle that was refused is allowed after a look at what that means', async () => {
      await allowAndDeploy(workbench, await companionOf(home), workspace);
    });
    await step('a panel comes back after a reload with what it showed', async () => {
      await workbench.reload();
      await workbench.page.getByRole('tab', { name: 'Releases: demand' }).click();
      await workbench.webview('body[data-panel="releases"] h1[title="demand"]');
    });
    // Nothing was written beside the notebook.
    assert.deepEqual(readdirSync(workspace).sort(), before);
    await workbench.close();
  } finally {
    await browser.close();
    await server.stop();
    await home.remove();
    rmSync(workspace, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
});
