import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { aptInstall, canInstallPackages } from './debian.ts';
import { npm } from './dependencies.mjs';
import { SetupError, cache, isFresh, root, step, writeStamp } from './step.mjs';

/** The code-server that is tried and known to take extension tests: VS Code 1.139. */
const codeServerVersion = '4.139.1';

/** Two of VS Code's native parts come as sources; what it needs of them here takes no compiler. */
const nativeParts = [
  { name: '@vscode/spdlog', replacement: path.join(root, 'test/setup/editor/spdlog.cjs') },
  { name: '@vscode/native-watchdog', replacement: path.join(root, 'test/setup/editor/watchdog.cjs') },
];

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
  if (!isFresh(stamp, codeServerVersion) || !existsSync(entry)) {
    await installCodeServer(packageFolder);
    writeStamp(stamp, codeServerVersion);
  }
  for (const { name, replacement } of nativeParts) {
    copyFileSync(replacement, path.join(packageFolder, 'lib/vscode/node_modules', name, 'index.js'));
  }
  return entry;
}

function installCodeServer(packageFolder: string): Promise<void> {
  return step(`Installing code-server ${codeServerVersion}`, async () => {
    rmSync(codeServerFolder, { recursive: true, force: true });
    mkdirSync(codeServerFolder, { recursive: true });
    // Without a manifest of its own, npm would walk up and install into the repository.
    writeFileSync(path.join(codeServerFolder, 'package.json'), JSON.stringify({ private: true, name: 'code-server-here' }));
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'];
    await npm(['install', `code-server@${codeServerVersion}`, '--ignore-scripts', ...quiet], { cwd: codeServerFolder });
    await npm(['install', '--omit=dev', '--ignore-scripts', ...quiet], { cwd: path.join(packageFolder, 'lib', 'vscode') });
  });
}

/** The first draws no window that nobody sees: tests take half of the processor's time with it. */
const browserCommands = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
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
  // Older systems do not have it by itself.
  await aptInstall(['chromium-headless-shell', 'fonts-dejavu-core']).catch(() => aptInstall(['chromium', 'fonts-dejavu-core']));
  const installed = findBrowser();
  if (installed === undefined) {
    throw new SetupError('no Chromium was found after installing the packages chromium-headless-shell and chromium');
  }
  return installed;
}

function findBrowser(): string | undefined {
  const named = process.env['SLIPWAY_TEST_BROWSER'];
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const commands = process.env['SLIPWAY_TEST_HEADED'] === '1' ? browserCommands.slice(1) : browserCommands;
  const onPath = commands.flatMap((command) => folders.map((folder) => path.join(folder, command)));
  return [...(named === undefined ? [] : [named]), ...onPath, ...browserFiles].find((file) => existsSync(file));
}
