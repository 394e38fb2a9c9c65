import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { runExtensionSuite } from '../harness/vscode/extensionSuite.ts';
import { kernelExtension } from '../setup/testExtensions.ts';
import { makeWorkspace } from '../harness/vscode/notebook.ts';

test('the test kernel behaves as a kernel does', async (t) => {
  const workspace = makeWorkspace(['import os\nos.getpid()', '1 / 0']);
  try {
    await runExtensionSuite(t, { suite: new URL('./kernel.suite.ts', import.meta.url), workspace, development: kernelExtension });
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
});
