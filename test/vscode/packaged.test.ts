import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { runId, writeMlruns } from '../server/transfer/transferHome.ts';
import { ensurePackage } from '../setup/package.ts';
import { kernelExtension, packTestExtension } from '../setup/testExtensions.ts';
import { makeWorkspace } from '../harness/vscode/notebook.ts';
import { inWorkbench } from '../harness/vscode/workbench.ts';

test('the packed extension installs beside a kernel whose cells run by a click, shows its views, runs the packed companion, imports what mlflow logged elsewhere and ends with the sample', async () => {
  const workspace = makeWorkspace(['answer = 6 * 7\nprint(f"the answer is {answer}")', 'answer + 1']);
  const extensions = [await ensurePackage(), await packTestExtension(kernelExtension)];
  try {
    await inWorkbench('packed-extension', { workspace, extensions }, async (workbench) => {
      await workbench.openFile('work.ipynb');
      await workbench.runCell(0);
      const outputs = await workbench.webview('text=the answer is 42');
      await workbench.runAllCells();
      await outputs.locator('text=/^43$/').waitFor();
      // The second time round all cells ran again, in the same kernel.
      await workbench.cell(1).locator('.execution-count-label').filter({ hasText: '[3]' }).waitFor();
      await workbench.statusItem('Slipway: work.ipynb').waitFor();
      writeMlruns(path.join(workspace, 'mlruns'), [{ id: runId(1), points: 1 }]);
      await workbench.notification('mlflow in work.ipynb logs to mlruns beside it').getByRole('button', { name: 'Connect and Import' }).click();
      await workbench.page.locator('.part.editor .tab').filter({ hasText: 'Import' }).waitFor();
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
      await workbench.runCommand('Slipway: Open Registry');
      await workbench.webview('body[data-panel="registry"] button');
      // In front of the panel, which is in the background then.
      await workbench.openFile('work.ipynb');
      await workbench.reload();
      const registry = workbench.page.locator('.part.editor .tab').filter({ hasText: 'Models' });
      await registry.waitFor();
      await workbench.runCommand('Slipway: Open Registry');
      await workbench.webview('body[data-panel="registry"] button');
      assert.equal(await registry.count(), 1, 'the panel that came back is shown, not another one');
      await workbench.runCommand('Slipway: Open Sample');
      await workbench.pick('In this workspace');
      await workbench.page.locator('.part.editor .tab').filter({ hasText: 'churn.ipynb' }).waitFor();
      // What was done by now is ticked in the walkthrough beside it, though no command of a step ran.
      const step = (id: string) => workbench.page.locator(`.gettingStartedContainer [data-done-step-id$="#${id}"]`);
      for (const done of ['connect', 'run']) {
        await step(done).and(workbench.page.locator('.complete')).first().waitFor();
      }
      assert.equal(await step('deploy').and(workbench.page.locator('.complete')).count(), 0);
      await workbench.screenshot('sample-and-walkthrough');
    });
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
});
