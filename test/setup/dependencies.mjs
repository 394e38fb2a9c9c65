import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { digest, isFresh, root, run, step, writeStamp } from './step.mjs';

const modules = path.join(root, 'node_modules');
const lockFile = path.join(root, 'package-lock.json');
const stamp = path.join(modules, '.slipway-stamp');

/** Installs the npm packages of the lock file, unless they are there. Runs on any Node >= 18 without packages. */
export async function installDependencies() {
  const wanted = digest([lockFile], process.platform, process.arch);
  if (isFresh(stamp, wanted)) {
    return;
  }
  if (!matchesLock()) {
    await step('Installing npm packages', () => npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root }));
  }
  writeStamp(stamp, wanted);
}

/** Runs the npm that started us, else the one on PATH. */
export function npm(args, options) {
  const script = process.env['npm_execpath'];
  if (script !== undefined && /npm-cli\.js$/.test(script) && existsSync(script)) {
    return run(process.env['npm_node_execpath'] ?? process.execPath, [script, ...args], options);
  }
  return process.platform === 'win32' ? run('cmd', ['/c', 'npm', ...args], options) : run('npm', args, options);
}

/** True when `npm install` has already brought node_modules to the state of the lock file. */
function matchesLock() {
  try {
    const wanted = JSON.parse(readFileSync(lockFile, 'utf8')).packages;
    const present = JSON.parse(readFileSync(path.join(modules, '.package-lock.json'), 'utf8')).packages;
    return Object.entries(wanted).every(
      ([folder, { version, optional }]) => folder === '' || optional === true || present[folder]?.version === version,
    );
  } catch {
    return false;
  }
}
