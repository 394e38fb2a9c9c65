import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { createCompanionClient } from '../../server/client/companionClient.ts';
import { discoverCompanion } from '../../server/client/discover.ts';
import { ensurePackage } from '../setup/package.ts';
import { makeWorkspace } from '../harness/vscode/notebook.ts';
import { inWorkbench, type Workbench } from '../harness/vscode/workbench.ts';
import { makeHome } from './suites/companionHome.ts';
import { mlflowCalls } from '../server/tracking/mlflowCalls.ts';

async function refuses(workbench: Workbench, command: string, reason: string): Promise<void> {
  await workbench.runCommand(command);
  const notification = workbench.notification(reason);
  await notification.getByRole('button', { name: 'Manage Workspace Trust' }).waitFor();
  await workbench.runCommand('Notifications: Clear All Notifications');
}

test('an untrusted workspace can read everything and is told why it runs and deploys nothing', async () => {
  const workspace = makeWorkspace(['1 + 1']);
  const home = await makeHome();
  try {
    await inWorkbench('untrusted', { workspace, extensions: [await ensurePackage()], environment: home.environment, untrusted: true }, async (workbench) => {
      await workbench.openFile('work.ipynb');
      await workbench.statusItem('Slipway: off').waitFor();
      await workbench.page.locator('.part.activitybar').getByRole('tab', { name: 'Slipway' }).click();
      const sidebar = workbench.page.locator('.part.sidebar');
      await sidebar.getByText('The Slipway companion is not running. It keeps').waitFor();
      assert.equal(await discoverCompanion(home.path), undefined);

      await sidebar.getByRole('button', { name: 'Start Companion' }).click();
      await sidebar.getByText('No runs yet').waitFor();
      const lock = await discoverCompanion(home.path);
      assert.ok(lock);
      await mlflowCalls(createCompanionClient(lock)).createExperiment('from elsewhere');
      await workbench.runCommand('Slipway: Refresh');
      await sidebar.getByText('from elsewhere').waitFor();
      await workbench.runCommand('Slipway: Open Registry');
      await workbench.webview('body[data-panel="registry"]');

      await refuses(workbench, 'Slipway: Connect Notebook', 'Connecting a notebook needs a trusted workspace');
      await refuses(workbench, 'Slipway: Register Model from Notebook', 'Registering a model from a notebook needs a trusted workspace');
      await refuses(workbench, 'Slipway: Promote', 'Promoting a rollout needs a trusted workspace');
      await workbench.runCommand('Slipway: Deploy Model');
      await workbench.notification('Deploying a model needs a trusted workspace').waitFor();
      await workbench.screenshot('untrusted');
      const client = createCompanionClient(lock);
      assert.deepEqual((await client.call('listEndpoints', {})).endpoints, []);
      assert.equal((await client.call('getNotebookResults', { notebook: `${workspace}/work.ipynb` })).runId, undefined);
    });
  } finally {
    await home.remove();
    rmSync(workspace, { recursive: true, force: true });
  }
});
