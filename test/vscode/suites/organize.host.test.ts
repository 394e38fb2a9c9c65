import { test } from 'node:test';
import { makeWorkspace } from '../../harness/vscode/notebook.ts';
import { runId, writeMlruns } from '../../server/transfer/transferHome.ts';
import path from 'node:path';
import { runSlipwaySuite } from './slipwaySuite.ts';

test('runs are organized, deleted, restored, imported and exported in the editor', (t) => {
  const workspace = makeWorkspace(['1']);
  writeMlruns(path.join(workspace, 'mlruns'), [1, 2].map((number) => ({ id: runId(number), points: 5 })));
  return runSlipwaySuite(t, { suite: new URL('./organize.suite.ts', import.meta.url), workspace });
});
