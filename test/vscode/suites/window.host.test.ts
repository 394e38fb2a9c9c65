import path from 'node:path';
import { test } from 'node:test';
import { makeWorkspace } from '../../harness/vscode/notebook.ts';
import { runId, writeMlruns } from '../../server/transfer/transferHome.ts';
import { runSlipwaySuite } from './slipwaySuite.ts';

test('the companion, panels, organizing and the test kernel, in one window', (t) => {
  const workspace = makeWorkspace(['import os\nos.getpid()', '1 / 0']);
  writeMlruns(path.join(workspace, 'mlruns'), [1, 2].map((number) => ({ id: runId(number), points: 5 })));
  return runSlipwaySuite(t, { suite: new URL('./window.suite.ts', import.meta.url), workspace });
});
