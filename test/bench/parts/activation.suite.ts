import { writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { test } from '../../harness/vscode/suite.ts';

test('the extension activates', async () => {
  const extension = vscode.extensions.getExtension('slipway.slipway');
  const file = process.env['SLIPWAY_BENCH_RESULT'];
  if (extension === undefined || file === undefined || extension.isActive) {
    throw new Error('The extension is not there, is active already, or nobody wants the result.');
  }
  const started = performance.now();
  await extension.activate();
  writeFileSync(file, JSON.stringify({ activate: performance.now() - started }));
});
