import { runTests, TestRunFailedError } from '@vscode/test-electron';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { root } from '../../setup/step.mjs';
import { keepStill, launchBrowser, patienceMilliseconds } from './browser.ts';
import { bundleSuite } from './bundleSuite.ts';
import { startCodeServer, type CodeServerOptions } from '../../setup/codeServer.ts';
import { packTestExtension } from '../../setup/testExtensions.ts';
import type { SuiteResult } from './suite.ts';

export interface ExtensionSuiteOptions extends Omit<CodeServerOptions, 'extensions'> {
  /** Folders of test extensions that run beside the one under test. */
  readonly beside?: readonly string[];
  /** File that declares its tests with `test()` of suite.ts. */
  readonly suite: string | URL;
  readonly timeoutMilliseconds?: number;
}

/** How an extension host ended. */
export interface Ending {
  /** Undefined when it did not end in time. */
  readonly status: number | undefined;
  /** The end of what VS Code said. */
  readonly log: string;
}

/**
 * Runs a suite inside the extension host of a real VS Code and shows each of its tests as a subtest: in the browser, or on the
 * desktop when SLIPWAY_TEST_DESKTOP names its executable.
 */
export async function runExtensionSuite(context: TestContext, options: ExtensionSuiteOptions): Promise<void> {
  const bundle = await bundleSuite(options.suite);
  rmSync(bundle.results, { force: true });
  const desktop = process.env['SLIPWAY_TEST_DESKTOP'];
  const told = tellResults(bundle.results);
  const { status, log } = await (desktop === undefined ? runInBrowser(bundle.module, options) : runOnDesktop(desktop, bundle.module, options)).finally(() => {
    clearInterval(told);
  });
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
    throw new Error(`the suite ended with ${status === undefined ? 'no status in time' : `status ${status}`} after ${results.length} tests\n${log}`);
  }
}

/** Says each result as it comes: nothing else shows from outside that a suite goes on. */
function tellResults(file: string): NodeJS.Timeout {
  let told = 0;
  return setInterval(() => {
    for (const { name, milliseconds } of readResults(file).slice(told)) {
      told += 1;
      console.log(`in the extension host, after ${(milliseconds / 1000).toFixed(1)} s: ${name}`);
    }
  }, 1000);
}

/** Runs a bundled suite in the browser and says how its extension host ended. */
export async function runInBrowser(module: string, options: ExtensionSuiteOptions): Promise<Ending> {
  const extensions = await Promise.all((options.beside ?? []).map(packTestExtension));
  const server = await startCodeServer({ ...options, extensions, development: options.development ?? root });
  const log: string[] = [];
  try {
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage({ viewport: { width: 800, height: 600 } });
      await keepStill(page);
      page.setDefaultTimeout(patienceMilliseconds);
      await page.exposeFunction('codeAutomationLog', (kind: string, args: unknown[]) => {
        log.push(`${kind} ${args.map(String).join(' ')}`);
      });
      let resolveExit = (_status: number): void => undefined;
      const exit = new Promise<number>((resolve) => {
        resolveExit = resolve;
      });
      await page.exposeFunction('codeAutomationExit', resolveExit);
      await page.goto(server.url([['extensionTestsPath', server.remote(module)]]));
      const status = await withinTime(exit, options.timeoutMilliseconds ?? 1_200_000);
      return { status, log: [...log.slice(-40), ...server.output().split('\n').slice(-20)].join('\n') };
    } finally {
      await browser.close();
    }
  } finally {
    await server.stop();
  }
}

async function runOnDesktop(executable: string, module: string, options: ExtensionSuiteOptions): Promise<Ending> {
  const userData = mkdtempSync(path.join(tmpdir(), 'slipway-desktop-'));
  try {
    const status = await runTests({
      vscodeExecutablePath: executable,
      extensionDevelopmentPath: [options.development ?? root, ...(options.beside ?? [])],
      extensionTestsPath: module,
      extensionTestsEnv: { ...options.environment },
      launchArgs: [
        options.workspace,
        '--user-data-dir',
        userData,
        '--disable-extensions',
        '--disable-workspace-trust',
        '--skip-welcome',
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ],
    });
    return { status, log: '' };
  } catch (error) {
    if (error instanceof TestRunFailedError) {
      return { status: error.code ?? 1, log: error.message };
    }
    throw error;
  } finally {
    rmSync(userData, { recursive: true, force: true });
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
  // The last line may not be whole yet.
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => parseResult(JSON.parse(line)));
}

function parseResult(value: unknown): SuiteResult {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('milliseconds' in value)) {
    throw new Error(`not a test result: ${JSON.stringify(value)}`);
  }
  const failure = 'failure' in value && typeof value.failure === 'string' ? { failure: value.failure } : {};
  return { name: String(value.name), milliseconds: Number(value.milliseconds), ...failure };
}
