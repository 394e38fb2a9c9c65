import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { root } from '../../setup/step.mjs';
import { type ExtensionSuiteOptions, runExtensionSuite } from '../../harness/vscode/extensionSuite.ts';
import { jupyterExtension, kernelExtension } from '../../setup/testExtensions.ts';
import { makeHome } from './companionHome.ts';

export interface SlipwaySuiteOptions extends Pick<ExtensionSuiteOptions, 'suite' | 'settings' | 'timeoutMilliseconds'> {
  /** A folder that the suite may change; it is removed afterwards. */
  readonly workspace: string;
  /** Whether the Jupyter extension's kernel API is there too. */
  readonly jupyter?: boolean;
}

/** Runs a suite inside the extension host beside Slipway and a kernel, with a data home of its own. */
export async function runSlipwaySuite(context: TestContext, options: SlipwaySuiteOptions): Promise<void> {
  const home = await makeHome();
  try {
    await runExtensionSuite(context, {
      ...options,
      environment: home.environment,
      development: root,
      beside: [kernelExtension, ...(options.jupyter === true ? [jupyterExtension] : [])],
    });
  } finally {
    await home.remove();
    rmSync(options.workspace, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** A copy of the sample with its data, as a workspace. */
export function copySample(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-sample-'));
  cpSync(path.join(root, 'media', 'sample'), folder, { recursive: true });
  return folder;
}
