import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { ensureEditor } from '../setup/editor.ts';
import { ensurePackage } from '../setup/package.ts';
import { root } from '../setup/step.mjs';
import { bundleSuite } from '../harness/vscode/bundleSuite.ts';
import { runInBrowser, type ExtensionSuiteOptions } from '../harness/vscode/extensionSuite.ts';
import { makeWorkspace } from '../harness/vscode/notebook.ts';
import { kernelExtension } from '../setup/testExtensions.ts';
import { makeHome } from '../vscode/suites/companionHome.ts';
import type { Bench, Sample } from './benchmark.ts';
import { preparePython } from './parts/python.ts';

const cellCount = 200;

/** Milliseconds of quick cells in a real VS Code and a real kernel, by VS Code's own timings. */
async function runCells(extensions: Pick<ExtensionSuiteOptions, 'development' | 'beside'>): Promise<Sample> {
  const workspace = makeWorkspace(Array.from({ length: cellCount }, (_none, index) => `x = ${index}`));
  const home = await makeHome();
  try {
    const result = path.join(workspace, 'result.json');
    const suite = new URL('./parts/capture.suite.ts', import.meta.url);
    const { module } = await bundleSuite(suite);
    const { status, log } = await runInBrowser(module, { suite, workspace, ...extensions, environment: { ...home.environment, SLIPWAY_BENCH_RESULT: result } });
    if (status !== 0) {
      throw new Error(`The cells did not run.\n${log}`);
    }
    return z.record(z.string(), z.number()).parse(JSON.parse(readFileSync(result, 'utf8')));
  } finally {
    await home.remove();
    rmSync(workspace, { recursive: true, force: true });
  }
}

export const capture: Bench = {
  name: 'capture',
  summary: `what recording a notebook costs its cells: ${cellCount} quick cells one after the other, with Slipway and without`,
  rounds: 5,
  async prepare() {
    process.env['SLIPWAY_TEST_PYTHON'] = await preparePython();
    Object.assign(process.env, await ensureEditor());
    await ensurePackage();
    return {
      trials: [
        {
          rows: [
            { key: 'all', work: 'a cell and the way to the next', unit: 'ms', goal: { kind: 'ratio-at-most', value: 1.1 } },
            { key: 'cell', work: 'from start to end of a cell', unit: 'ms', goal: { kind: 'ratio-at-most', value: 1.1 } },
            { key: 'between', work: 'from end of a cell to start of the next', unit: 'ms' },
            { key: 'host', work: 'processor time of the extension host, a cell', unit: 'ms' },
            { key: 'companion', work: 'processor time of the companion, a cell', unit: 'ms' },
          ],
          ours: () => runCells({ development: root, beside: [kernelExtension] }),
          peer: { name: 'VS Code without Slipway', measure: () => runCells({ development: kernelExtension }) },
        },
      ],
      close: () => Promise.resolve(),
    };
  },
};
