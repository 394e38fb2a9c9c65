import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { kernelExtension } from '../setup/testExtensions.ts';
import { makeWorkspace } from '../harness/vscode/notebook.ts';
import { inWorkbench } from '../harness/vscode/workbench.ts';

test('a notebook cell runs by a click in a real kernel and shows its output', async () => {
  const workspace = makeWorkspace(['answer = 6 * 7\nprint(f"the answer is {answer}")', 'answer + 1']);
  try {
    await inWorkbench('notebook', { workspace, development: kernelExtension }, async (workbench) => {
      await workbench.openFile('work.ipynb');
      await workbench.runCell(0);
      const outputs = await workbench.webview('text=the answer is 42');
      await workbench.runAllCells();
      await outputs.locator('text=/^43$/').waitFor();
      // The second time round all cells ran again, in the same kernel.
      await workbench.cell(1).locator('.execution-count-label').filter({ hasText: '[3]' }).waitFor();
    });
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
});
