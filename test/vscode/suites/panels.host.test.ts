import { test } from 'node:test';
import { makeWorkspace } from '../../harness/vscode/notebook.ts';
import { runSlipwaySuite } from './slipwaySuite.ts';

test('panels get what they may ask for and nothing else', (t) =>
  runSlipwaySuite(t, { suite: new URL('./panels.suite.ts', import.meta.url), workspace: makeWorkspace(['1']) }));
