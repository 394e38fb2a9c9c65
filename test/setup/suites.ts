import { spawn } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { settings } from '../../server/contract/settings.ts';
import { ensureBaseImage } from '../harness/docker/baseImage.ts';
import { build } from './build.ts';
import { add, noTests, readJunit, type Counts } from './counts.ts';
import { ensureDesktop } from './desktop.ts';
import { ensureEngine } from './docker.ts';
import { ensureEditor } from './editor.ts';
import { endLeftovers } from './leftovers.ts';
import { ensurePodman } from './podman.ts';
import { ensurePython, uvFolder } from './python.ts';
import { SetupError, cache, root, run } from './step.mjs';

/** What a suite needs beside the npm packages: environment variables for its tests, and a way to end what was started. */
interface Prepared {
  readonly environment: NodeJS.ProcessEnv;
  readonly python?: string;
  readonly stop?: () => Promise<void>;
  /** Command line before the test runner's own, such as a virtual display. */
  readonly launcher?: readonly string[];
}

interface Suite {
  readonly name: string;
  /** Files of `node --test`, from the root of the repository. */
  readonly files: readonly string[];
  readonly pytest?: string;
  /** How many test files run at once. */
  readonly concurrency: number;
  prepare(): Promise<Prepared>;
}

const nothing = (): Promise<Prepared> => Promise.resolve({ environment: {} });

async function withPython(): Promise<Prepared & { readonly python: string }> {
  const python = await ensurePython('tests');
  return { environment: { SLIPWAY_TEST_PYTHON: python, PATH: [uvFolder, process.env['PATH'] ?? ''].join(path.delimiter) }, python };
}

async function withEngine(): Promise<Prepared> {
  const engine = await ensureEngine();
  try {
    const { environment, python } = await withPython();
    const version = (await run(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'])).trim();
    const baseImage = await ensureBaseImage(settings.parse({}).baseImage.replace('{python}', version));
    const podman = (await ensurePodman()) ? { SLIPWAY_TEST_PODMAN: 'podman' } : {};
    return { environment: { ...environment, ...podman, SLIPWAY_TEST_BASE_IMAGE: baseImage }, stop: () => engine.stop() };
  } catch (error) {
    await engine.stop();
    throw error;
  }
}

async function withEditor(): Promise<Prepared> {
  const { environment } = await withPython();
  return { environment: { ...environment, ...(await ensureEditor()) } };
}

async function withDesktop(): Promise<Prepared> {
  const { environment } = await withPython();
  const { executable, launcher } = await ensureDesktop();
  return { environment: { ...environment, SLIPWAY_TEST_DESKTOP: executable }, launcher };
}

/** In the order of `npm test`: the quick ones first. */
const suites: readonly Suite[] = [
  { name: 'unit', files: ['test/unit/**/*.test.ts'], concurrency: availableParallelism(), prepare: nothing },
  { name: 'server', files: ['test/server/**/*.test.ts'], concurrency: availableParallelism(), prepare: withPython },
  { name: 'python', files: ['test/python/**/*.test.ts'], pytest: 'test/python', concurrency: availableParallelism(), prepare: withPython },
  { name: 'docker', files: ['test/docker/**/*.test.ts'], concurrency: 2, prepare: withEngine },
  { name: 'webview', files: ['test/webview/**/*.test.ts'], concurrency: availableParallelism(), prepare: withEditor },
  { name: 'vscode', files: ['test/vscode/**/*.test.ts', 'test/e2e/**/*.test.ts'], concurrency: 2, prepare: withEditor },
];

/** Suites that run only by name. The tests that live in the extension host run in the desktop VS Code as well. */
const onDemand: readonly Suite[] = [{ name: 'desktop', files: ['test/vscode/**/*.host.test.ts'], concurrency: 1, prepare: withDesktop }];

/** A test runner that has not ended by then hangs. */
const suiteMilliseconds = 20 * 60_000;

const strict = process.env['CI'] === 'true';

interface Outcome extends Counts {
  readonly name: string;
  readonly seconds: number;
  /** Why the suite did not run. */
  readonly missing?: string;
}

/**
 * Runs the named suites, or all of them; what follows the names goes to `node --test` (patterns, test files).
 * @returns 0 when every test passed and, with CI=true, none was left out.
 */
export async function runSuites(args: readonly string[]): Promise<number> {
  const names = args.filter((argument) => [...suites, ...onDemand].some(({ name }) => name === argument));
  const options = args.filter((argument) => !names.includes(argument));
  const chosen = names.length === 0 ? suites : [...suites, ...onDemand].filter(({ name }) => names.includes(name));
  refuseStrays();
  const outcomes: Outcome[] = [];
  if (chosen.some(({ name }) => name !== 'unit')) {
    outcomes.push(...(await tryBuild()));
  }
  for (const suite of chosen) {
    outcomes.push(await runSuite(suite, options));
  }
  return summarize(outcomes);
}

/** A build that fails is a failed test; the suites that run from the sources still tell something. */
async function tryBuild(): Promise<Outcome[]> {
  const started = Date.now();
  try {
    await build();
    return [];
  } catch (error) {
    if (!(error instanceof SetupError)) {
      throw error;
    }
    console.log(`FAILED: ${error.message}`);
    return [{ name: 'build', ...noTests, failed: 1, seconds: (Date.now() - started) / 1000, missing: error.message }];
  }
}

async function runSuite(suite: Suite, options: readonly string[]): Promise<Outcome> {
  console.log(`\n== ${suite.name}`);
  const started = Date.now();
  const seconds = (): number => (Date.now() - started) / 1000;
  let prepared: Prepared;
  try {
    prepared = await suite.prepare();
  } catch (error) {
    if (!(error instanceof SetupError)) {
      throw error;
    }
    console.log(`${strict ? 'FAILED' : 'SKIPPED'}: ${error.message}`);
    return { name: suite.name, ...noTests, ...(strict ? { failed: 1 } : { skipped: 1 }), seconds: seconds(), missing: error.message };
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-'));
  const environment = {
    ...process.env,
    ...prepared.environment,
    TMPDIR: folder,
    // Tests name their own data homes; this keeps one that forgets to away from the user's.
    SLIPWAY_HOME: path.join(folder, 'home'),
    // Hundreds of processes start from the same sources.
    NODE_COMPILE_CACHE: path.join(cache, 'compiled'),
  };
  try {
    let counts = await runNodeTests(suite, options, environment, prepared.launcher ?? []);
    if (suite.pytest !== undefined && prepared.python !== undefined && options.length === 0) {
      counts = add(counts, await runPytest(suite.pytest, suite.concurrency, prepared.python, environment));
    }
    return { name: suite.name, ...counts, seconds: seconds() };
  } finally {
    for (const command of endLeftovers(folder)) {
      console.log(`left running by the tests, ended: ${command}`);
    }
    await prepared.stop?.();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

async function runNodeTests(
  suite: Suite,
  options: readonly string[],
  environment: NodeJS.ProcessEnv,
  launcher: readonly string[],
): Promise<Counts> {
  const named = options.filter((option) => option.endsWith('.test.ts'));
  const files = named.length > 0 ? named : filesOf(suite);
  if (files.length === 0) {
    return noTests;
  }
  const counts = countsFile(`${suite.name}.json`);
  const reporters = [
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${path.join(root, 'test/setup/counts.ts')}`,
    `--test-reporter-destination=${counts}`,
  ];
  const limits = [`--test-concurrency=${suite.concurrency}`, '--test-timeout=600000'];
  const rest = options.filter((option) => !named.includes(option));
  const [command = process.execPath, ...args] = [...launcher, process.execPath, '--test', ...reporters, ...limits, ...rest, ...files];
  const status = await runOnTerminal(command, args, environment);
  const result: Counts = existsSync(counts) ? parseCounts(readFileSync(counts, 'utf8')) : noTests;
  // A run that ends badly without a failed test (no summary, an error after the last test) is a failure too.
  return status !== 0 && result.failed === 0 ? { ...result, failed: 1 } : result;
}

function filesOf(suite: Suite): string[] {
  return globSync(suite.files, { cwd: root }).sort();
}

/** A test file that no suite knows would never run. */
function refuseStrays(): void {
  const known = new Set(suites.flatMap(filesOf));
  const strays = globSync('test/**/*.test.ts', { cwd: root }).filter((file) => !known.has(file));
  if (strays.length > 0) {
    throw new SetupError(`No suite in test/setup/suites.ts runs ${strays.join(', ')}.`);
  }
}

async function runPytest(folder: string, concurrency: number, python: string, environment: NodeJS.ProcessEnv): Promise<Counts> {
  if (globSync(`${folder}/**/test_*.py`, { cwd: root }).length === 0) {
    return noTests;
  }
  const junit = countsFile('pytest.xml');
  const args = ['-m', 'pytest', folder, '-q', '-p', 'no:cacheprovider', '-n', String(concurrency), '--dist', 'loadfile', `--junitxml=${junit}`];
  const search = [path.join(root, 'server/python'), process.env['PYTHONPATH'] ?? ''].filter((entry) => entry !== '').join(path.delimiter);
  const status = await runOnTerminal(python, args, { ...environment, PYTHONPATH: search, PYTHONDONTWRITEBYTECODE: '1' });
  const result = existsSync(junit) ? readJunit(junit) : noTests;
  return status !== 0 && result.failed === 0 ? { ...result, failed: 1 } : result;
}

function countsFile(name: string): string {
  const folder = path.join(cache, 'counts');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, name);
  rmSync(file, { force: true });
  return file;
}

function parseCounts(text: string): Counts {
  const parsed: unknown = text === '' ? {} : JSON.parse(text);
  const read = (key: string): number => {
    const value: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, key) : undefined;
    return typeof value === 'number' ? value : 0;
  };
  return { passed: read('passed'), failed: read('failed'), skipped: read('skipped') };
}

function runOnTerminal(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'], timeout: suiteMilliseconds, killSignal: 'SIGKILL' });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal !== null) {
        console.log(`${command} was ended by ${signal}`);
      }
      resolve(code ?? 1);
    });
  });
}

function summarize(outcomes: readonly Outcome[]): number {
  console.log('\n== summary');
  for (const { name, passed, failed, skipped, seconds, missing } of outcomes) {
    const counts = missing === undefined ? `${passed} passed, ${failed} failed, ${skipped} skipped` : 'not run';
    const why = missing === undefined ? '' : `: ${missing.split('\n')[0] ?? ''}`;
    console.log(`${name.padEnd(8)} ${seconds.toFixed(1).padStart(7)} s  ${counts}${why}`);
  }
  const total = outcomes.reduce<Counts>(add, noTests);
  if (strict && total.skipped > 0) {
    console.log('With CI=true nothing may be skipped.');
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped === 0 ? '' : `, ${total.skipped} skipped`}`);
  return total.failed > 0 || (strict && total.skipped > 0) ? 1 : 0;
}
