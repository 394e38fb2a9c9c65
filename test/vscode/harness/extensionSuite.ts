import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { root } from '../../setup/step.mjs';
import { launchBrowser } from './browser.ts';
import { bundleSuite } from './bundleSuite.ts';
import { startCodeServer, type CodeServerOptions } from './codeServer.ts';
import type { SuiteResult } from './suite.ts';

/** Folder of the extension that stands in for the Jupyter extension. */
export const kernelExtension = path.join(root, 'test/vscode/kernel-extension');

export interface ExtensionSuiteOptions extends Omit<CodeServerOptions, 'development'> {
  /** File that declares its tests with `test()` of suite.ts. */
  readonly suite: string | URL;
  /** Folders of the extensions that are there beside VS Code's own; Slipway and the test kernel by default. */
  readonly development?: readonly string[];
  readonly timeoutMilliseconds?: number;
}

/** Runs a suite inside the extension host of a real VS Code and shows each of its tests as a subtest. */
export async function runExtensionSuite(context: TestContext, options: ExtensionSuiteOptions): Promise<void> {
  const bundle = await bundleSuite(options.suite);
  rmSync(bundle.results, { force: true });
  const server = await startCodeServer({ ...options, development: options.development ?? [root, kernelExtension] });
  const browser = await launchBrowser();
  const log: string[] = [];
  let status: number | undefined;
  try {
    const page = await browser.newPage();
    await page.exposeFunction('codeAutomationLog', (kind: string, args: unknown[]) => {
      log.push(`${kind} ${args.map(String).join(' ')}`);
    });
    const ended = new Promise<number>((resolve) => {
      void page.exposeFunction('codeAutomationExit', (code: number) => {
        resolve(code);
      });
    });
    await page.goto(server.url([['extensionTestsPath', server.remote(bundle.module)]]));
    status = await withinTime(ended, options.timeoutMilliseconds ?? 300_000);
  } finally {
    await browser.close();
    await server.stop();
  }
  const results = readResults(bundle.results);
  for (const { name, failure } of results) {
    await context.test(name, () => {
      if (failure !== undefined) {
        throw new Error(failure);
      }
    });
  }
  const failed = results.some(({ failure }) => failure !== undefined);
  if (results.length === 0 || status === undefined || (status !== 0 && !failed)) {
    const end = [...log.slice(-40), server.output().split('\n').slice(-20).join('\n')].join('\n');
    throw new Error(`the suite ended with ${status === undefined ? 'no status in time' : `status ${status}`} after ${results.length} tests\n${end}`);
  }
}

function withinTime(ended: Promise<number>, milliseconds: number): Promise<number | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      resolve(undefined);
    }, milliseconds);
  });
  return Promise.race([ended, late]).finally(() => {
    clearTimeout(timer);
  });
}

/** Results of the tests that a suite has written so far. */
export function readResults(file: string): SuiteResult[] {
  if (!existsSync(file)) {
    return [];
  }
  const lines = readFileSync(file, 'utf8').split('\n').filter((line) => line !== '');
  return lines.map((line) => parseResult(JSON.parse(line)));
}

function parseResult(value: unknown): SuiteResult {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('milliseconds' in value)) {
    throw new Error(`not a test result: ${JSON.stringify(value)}`);
  }
  const failure = 'failure' in value && typeof value.failure === 'string' ? { failure: value.failure } : {};
  return { name: String(value.name), milliseconds: Number(value.milliseconds), ...failure };
}
