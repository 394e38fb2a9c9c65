import { test } from 'node:test';
import { makeWorkspace } from '../harness/notebook.ts';
import { runSlipwaySuite } from './slipwaySuite.ts';

const cells = ['rate = 0.5', 'print(f"rate {rate}")\nrate * 2'];

test('a notebook can be read and compared as it was at a run', (t) =>
  runSlipwaySuite(t, { suite: new URL('./history.suite.ts', import.meta.url), workspace: makeWorkspace(cells) }));
