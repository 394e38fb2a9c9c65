// Entry of every npm script: installs what is missing, then goes on under Node 24. Runs on Node 18 without packages.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { installDependencies } from './dependencies.mjs';
import { SetupError, root, say } from './step.mjs';

const wantedMajor = 24;

/** The Node that comes with the npm packages, else this one when it is new enough. */
function findRuntime() {
  const packaged = path.join(root, 'node_modules', `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`, 'bin');
  for (const name of ['node', 'node.exe']) {
    const file = path.join(packaged, name);
    // On a musl system the packaged glibc build is there but does not start.
    if (existsSync(file) && spawnSync(file, ['--version']).status === 0) {
      return file;
    }
  }
  if (Number.parseInt(process.versions.node, 10) >= wantedMajor) {
    return process.execPath;
  }
  throw new SetupError(
    `Node ${wantedMajor} or newer is needed and no npm package brings one for ${process.platform}-${process.arch}; ` +
      `this is Node ${process.versions.node}. Install Node ${wantedMajor} and run the command again.`,
  );
}

async function main() {
  await installDependencies();
  const runtime = findRuntime();
  const search = [path.join(root, 'node_modules', '.bin'), path.dirname(runtime), process.env.PATH ?? ''].join(path.delimiter);
  const child = spawn(runtime, ['--disable-warning=ExperimentalWarning', path.join(root, 'test/setup/tasks.ts'), ...process.argv.slice(2)], {
    cwd: root,
    env: { ...process.env, PATH: search },
    stdio: 'inherit',
  });
  // Ctrl-C reaches the whole group by itself; what is sent to this process alone is passed on.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => {
    say(String(error));
    process.exitCode = 1;
  });
  child.on('close', (code) => {
    process.exitCode = code ?? 1;
  });
}

try {
  await main();
} catch (error) {
  say(error instanceof SetupError ? `\n${error.message}` : error.stack);
  process.exitCode = 1;
}
