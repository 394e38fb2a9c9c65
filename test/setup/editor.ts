import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { aptInstall, canInstallPackages } from './debian.ts';
import { npm } from './dependencies.mjs';
import { SetupError, cache, isFresh, run, step, writeStamp } from './step.mjs';

/** The code-server that is tried and known to take extension tests: VS Code 1.139. */
const codeServerVersion = '4.139.1';

/**
 * npm's own node-gyp will not do: Debian's links what it builds against Debian's libnode, and two Nodes in one process corrupt its
 * memory.
 */
const nodeGypVersion = '12.0.0';

const codeServerFolder = path.join(cache, `code-server-${codeServerVersion}`);

/** Makes a real VS Code and a browser ready. @returns environment variables for the tests. */
export async function ensureEditor(): Promise<NodeJS.ProcessEnv> {
  return { SLIPWAY_TEST_BROWSER: await ensureBrowser(), SLIPWAY_TEST_CODE_SERVER: await ensureCodeServer() };
}

/**
 * Installs code-server into the cache. It stays out of the package's own dependencies: it is 600 MB, and only tests and
 * `npm start` need it.
 * @returns path of its entry, to be run by Node 24
 */
export async function ensureCodeServer(): Promise<string> {
  const packageFolder = path.join(codeServerFolder, 'node_modules', 'code-server');
  const entry = path.join(packageFolder, 'out', 'node', 'entry.js');
  const stamp = path.join(codeServerFolder, '.complete');
  const wanted = `${codeServerVersion} node-gyp ${nodeGypVersion}`;
  if (isFresh(stamp, wanted) && existsSync(entry)) {
    return entry;
  }
  await ensureCompiler();
  await step(`Installing code-server ${codeServerVersion}`, async () => {
    rmSync(codeServerFolder, { recursive: true, force: true });
    mkdirSync(codeServerFolder, { recursive: true });
    // Without a manifest of its own, npm would walk up and install into the repository.
    writeFileSync(path.join(codeServerFolder, 'package.json'), JSON.stringify({ private: true, name: 'code-server-here' }));
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
    const packages = [`code-server@${codeServerVersion}`, `node-gyp@${nodeGypVersion}`];
    await npm(['install', ...packages, '--ignore-scripts', ...quiet], { cwd: codeServerFolder });
    const editor = path.join(packageFolder, 'lib', 'vscode');
    await npm(['install', '--omit=dev', '--ignore-scripts', ...quiet], { cwd: editor });
    for (const part of ['spdlog', 'native-watchdog']) {
      await buildNativePart(path.join(editor, 'node_modules', '@vscode', part));
    }
  });
  writeStamp(stamp, wanted);
  return entry;
}

/** Two of VS Code's native parts come as sources. */
async function ensureCompiler(): Promise<void> {
  const missing = ['g++', 'make', 'python3'].filter((command) => spawnSync(command, ['--version']).status !== 0);
  if (missing.length === 0) {
    return;
  }
  if (!canInstallPackages()) {
    throw new SetupError(`code-server cannot be built: ${missing.join(', ')} missing`);
  }
  await aptInstall(missing);
}

/**
 * Builds a native part with the headers of the Node that runs code-server, this one. The npm package that brings Node holds them;
 * without them node-gyp fetches them.
 */
async function buildNativePart(folder: string): Promise<void> {
  const nodeGyp = path.join(codeServerFolder, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const prefix = path.resolve(path.dirname(process.execPath), '..');
  const headers = existsSync(path.join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : [];
  await run(process.execPath, [nodeGyp, 'rebuild', ...headers], { cwd: folder });
}

const browserCommands = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const browserFiles = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium'];

/** Finds a Chromium, or installs one. @returns its path */
export async function ensureBrowser(): Promise<string> {
  const found = findBrowser();
  if (found !== undefined) {
    return found;
  }
  if (!canInstallPackages()) {
    throw new SetupError('no Chromium or Chrome was found: install one, or name it in SLIPWAY_TEST_BROWSER');
  }
  await aptInstall(['chromium', 'fonts-dejavu-core']);
  const installed = findBrowser();
  if (installed === undefined) {
    throw new SetupError('no Chromium was found after installing the package chromium');
  }
  return installed;
}

function findBrowser(): string | undefined {
  const named = process.env['SLIPWAY_TEST_BROWSER'];
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const onPath = browserCommands.flatMap((command) => folders.map((folder) => path.join(folder, command)));
  return [...(named === undefined ? [] : [named]), ...onPath, ...browserFiles].find((file) => existsSync(file));
}
