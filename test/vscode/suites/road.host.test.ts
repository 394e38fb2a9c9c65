import { test } from 'node:test';
import { copySample, runSlipwaySuite } from './slipwaySuite.ts';

test('the road from the sample notebook to an endpoint and back, by commands', (t) =>
  runSlipwaySuite(t, { suite: new URL('./road.suite.ts', import.meta.url), workspace: copySample(), timeoutMilliseconds: 1_800_000 }));
