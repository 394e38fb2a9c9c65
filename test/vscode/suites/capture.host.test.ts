import { test } from 'node:test';
import { makeWorkspace } from '../../harness/vscode/notebook.ts';
import { runSlipwaySuite } from './slipwaySuite.ts';

const cells = ['rate = 0.5', 'import sys\nprint("trained")\nprint("warned", file=sys.stderr)\nrate * 2', 'raise ValueError("no data")', 'import time\ntime.sleep(1)'];

test('notebook executions are recorded without tracking code', (t) =>
  runSlipwaySuite(t, { suite: new URL('./capture.suite.ts', import.meta.url), workspace: makeWorkspace(cells) }));
