import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { root } from '../../setup/step.mjs';
import { bundleSuite } from '../../harness/vscode/bundleSuite.ts';
import { runInBrowser } from '../../harness/vscode/extensionSuite.ts';
import type { Sample } from '../benchmark.ts';

/** Milliseconds that `activate()` of the built extension takes in the extension host of a new VS Code, its code being loaded included. */
export async function measureActivation(): Promise<Sample> {
  const workspace = mkdtempSync(path.join(tmpdir(), 'slipway-bench-'));
  try {
    const result = path.join(workspace, 'result.json');
    const { module } = await bundleSuite(new URL('./activation.suite.ts', import.meta.url));
    const { status, log } = await runInBrowser(module, { suite: module, workspace, development: root, environment: { SLIPWAY_BENCH_RESULT: result } });
    if (status !== 0) {
      throw new Error(`The extension did not activate.\n${log}`);
    }
    return z.object({ activate: z.number() }).parse(JSON.parse(readFileSync(result, 'utf8')));
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}
