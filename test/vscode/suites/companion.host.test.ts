import { test } from 'node:test';
import { makeWorkspace } from '../../harness/vscode/notebook.ts';
import { runSlipwaySuite } from './slipwaySuite.ts';

test('the extension starts, finds and stops the companion', (t) =>
  runSlipwaySuite(t, { suite: new URL('./companion.suite.ts', import.meta.url), workspace: makeWorkspace(['1 + 1']) }));
