import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { build } from './build.ts';
import { packageExtension, packageTargets } from './package.ts';
import { ensurePython } from './python.ts';
import { start } from './start.ts';
import { SetupError, root, say } from './step.mjs';
import { runSuites } from './runSuites.ts';

/** What `npm run <name>` does once the packages are installed; each returns an exit status. */
const tasks: Record<string, (args: readonly string[]) => Promise<number>> = {
  demo: async (args) => {
    const python = await ensurePython('demo');
    await build();
    return runScript('test/demo/demo.ts', args, { SLIPWAY_TEST_PYTHON: python });
  },
  bench: async (args) => {
    await build();
    return runScript('test/bench/bench.ts', args);
  },
  test: (args) => runSuites(args),
  start: (args) => start(args),
  build: (args) => runScript('esbuild.mjs', args),
  generate: (args) => runScript('test/setup/generate.ts', args),
  package: async (args) => {
    await packageExtension(packageTargets(args));
    return 0;
  },
};

/** Runs a script of the repository in this Node, on this terminal. */
function runScript(script: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<number> {
  if (!existsSync(path.join(root, script))) {
    throw new SetupError(`${script} does not exist.`);
  }
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit', env: { ...process.env, ...environment } });
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve(code ?? 1);
    });
  });
}

const [name = '', ...args] = process.argv.slice(2);
// A process whose last open handle is one without a reference would end with status 13 in the middle of what it waits for.
const running = setInterval(() => undefined, 60_000);
try {
  const task = tasks[name];
  if (task === undefined) {
    throw new SetupError(`There is no task '${name}'; the tasks are ${Object.keys(tasks).join(', ')}.`);
  }
  process.exitCode = await task(args);
} catch (error) {
  say(error instanceof SetupError ? `\n${error.message}` : error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
} finally {
  clearInterval(running);
}
