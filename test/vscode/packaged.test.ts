import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { ensurePackage } from '../setup/package.ts';
import { kernelExtension, packTestExtension } from '../setup/testExtensions.ts';
import { makeWorkspace } from '../harness/vscode/notebook.ts';
import { inWorkbench } from '../harness/vscode/workbench.ts';

test('the packed extension installs, shows its views and runs the packed companion', async () => {
  const workspace = makeWorkspace(['1 + 1']);
  const extensions = [await ensurePackage(), await packTestExtension(kernelExtension)];
  try {
    await inWorkbench('packed-extension', { workspace, extensions }, async (workbench) => {
      await workbench.openFile('work.ipynb');
      await workbench.page.locator('.part.activitybar').getByRole('tab', { name: 'Slipway' }).click();
      for (const view of ['Experiments', 'Models', 'Endpoints']) {
        await workbench.page.locator('.part.sidebar .pane-header').filter({ hasText: view }).waitFor();
      }
      await workbench.runCommand('Slipway: Start Companion');
      await workbench.notification(/companion/i).waitFor();
      await workbench.runCommand('Slipway: Show Logs');
      await workbench.pick('Companion');
      await workbench.page.locator('.part.editor .tab.active').filter({ hasText: 'companion.log' }).waitFor();
      await workbench.page.locator('.part.editor .view-line').filter({ hasText: 'listens on 127.0.0.1' }).first().waitFor();
    });
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
});
