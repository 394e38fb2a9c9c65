import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { launchBrowser } from './harness/browser.ts';
import { startCodeServer } from './harness/codeServer.ts';
import { kernelExtension, runExtensionSuite } from './harness/extensionSuite.ts';
import { openWorkbench } from './harness/workbench.ts';

function makeWorkspace(cells: readonly string[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-workspace-'));
  const notebook = {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' }, language_info: { name: 'python' } },
    cells: cells.map((source, index) => ({ id: `cell-${index}`, cell_type: 'code', metadata: {}, outputs: [], execution_count: null, source })),
  };
  writeFileSync(path.join(folder, 'work.ipynb'), JSON.stringify(notebook));
  return folder;
}

test('a notebook cell runs by a click in a real kernel and shows its output', async () => {
  const workspace = makeWorkspace(['answer = 6 * 7\nprint(f"the answer is {answer}")', 'answer + 1']);
  const server = await startCodeServer({ workspace, development: [kernelExtension] });
  const browser = await launchBrowser();
  try {
    const workbench = await openWorkbench(browser, server);
    await workbench.openFile('work.ipynb');
    await workbench.runCell(0);
    const outputs = await workbench.webview('text=the answer is 42');
    await workbench.runAllCells();
    await outputs.locator('text=/^43$/').waitFor();
    await workbench.screenshot('harness-notebook');
    // The second time round all cells ran again, in the same kernel.
    await workbench.cell(1).locator('.execution-count-label').filter({ hasText: '[3]' }).waitFor();
    await workbench.close();
  } finally {
    await browser.close();
    await server.stop();
    rmSync(workspace, { recursive: true, force: true });
  }
});

test('a suite runs inside the extension host', async (t) => {
  const workspace = makeWorkspace(['import os\nos.getpid()', '1 / 0']);
  try {
    await runExtensionSuite(t, { suite: new URL('./kernel.suite.ts', import.meta.url), workspace, development: [kernelExtension] });
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
});
