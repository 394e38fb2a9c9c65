import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../server/deployments/targets/process/freePort.ts';
import { dataHomePath } from '../../server/platform/dataHome.ts';
import { endLeftovers } from './leftovers.ts';

/** Colour themes by VS Code's own names. */
export const themes = {
  dark: 'Dark Modern',
  light: 'Light Modern',
  highContrast: 'Default High Contrast',
} as const;

export type Theme = keyof typeof themes;

export interface CodeServerOptions {
  /** Folder that is opened. */
  readonly workspace: string;
  /** Packaged extensions that are installed first. */
  readonly extensions?: readonly string[];
  /** Folder of the one extension that is loaded from where it lies: VS Code in the browser takes no more than one. */
  readonly development?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly theme?: Theme;
  /** Opens the workspace in restricted mode. */
  readonly untrusted?: boolean;
  /** For the extension host and all that it starts. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Where settings, state and installed extensions live; a temporary folder by default. A named one is kept, and its settings too. */
  readonly userData?: string;
  /** A free one by default. */
  readonly port?: number;
}

export interface CodeServer {
  readonly port: number;
  /** Address of the workbench on the workspace; `payload` adds the options of an extension test. */
  url(payload?: readonly (readonly [string, string])[]): string;
  /** Data home of the companion that the extension starts. */
  readonly home: string;
  /** Address of a file or folder on the server as the browser names it. */
  remote(file: string): string;
  setTheme(theme: Theme): void;
  /** What the server has said so far. */
  output(): string;
  /** Resolves when the server has ended, by `stop` or by itself. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Nothing that moves, asks or advertises: screenshots show the extension and the editor. */
const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.reduceMotion': 'on',
  'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'security.workspace.trust.enabled': false,
  'git.openRepositoryInParentFolders': 'never',
  'git.autofetch': false,
  'npm.fetchOnlinePackageInfo': false,
  'notebook.output.minimalErrorRendering': false,
  'remote.autoForwardPorts': false,
  'files.simpleDialog.enable': true,
  'window.menuBarVisibility': 'compact',
} as const;

const restricted = { 'security.workspace.trust.enabled': true, 'security.workspace.trust.startupPrompt': 'never', 'security.workspace.trust.banner': 'never' } as const;

/**
 * Starts the real VS Code server on a free port; `npm test` has installed it and named it in SLIPWAY_TEST_CODE_SERVER.
 * @throws Error with the server's output when it does not answer within three minutes
 */
export async function startCodeServer(options: CodeServerOptions): Promise<CodeServer> {
  const entry = requiredVariable('SLIPWAY_TEST_CODE_SERVER');
  const userData = options.userData ?? mkdtempSync(path.join(tmpdir(), 'slipway-vscode-'));
  const extensionsFolder = path.join(userData, 'extensions');
  const settingsFile = path.join(userData, 'User', 'settings.json');
  mkdirSync(path.dirname(settingsFile), { recursive: true });
  mkdirSync(extensionsFolder, { recursive: true });
  const writeSettings = (theme: Theme): void => {
    const settings = { ...quietSettings, ...(options.untrusted === true ? restricted : {}), 'workbench.colorTheme': themes[theme], ...options.settings };
    writeFileSync(settingsFile, JSON.stringify(settings, undefined, 2));
  };
  if (options.userData === undefined || !existsSync(settingsFile)) {
    writeSettings(options.theme ?? 'dark');
  }
  writeFileSync(path.join(userData, 'config.yaml'), 'auth: none\n');

  const folders = ['--config', path.join(userData, 'config.yaml'), '--user-data-dir', userData, '--extensions-dir', extensionsFolder];
  const env = cleanEnvironment({
    // Unless it is named, the data home of the companion lies and ends with the server.
    ...(options.userData === undefined ? { SLIPWAY_HOME: path.join(userData, 'home') } : {}),
    ...options.environment,
  });
  if ((options.extensions ?? []).length > 0) {
    await finish(launch(entry, [...folders, ...(options.extensions ?? []).flatMap((file) => ['--install-extension', file])], env));
  }

  const port = options.port ?? (await freePort());
  const quiet = ['--auth', 'none', ...(options.untrusted === true ? [] : ['--disable-workspace-trust']), '--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'];
  // Without the driver VS Code ignores the extension folders and tests that the address names.
  const driver = options.development === undefined ? [] : ['--vscode-option', 'enable-smoke-test-driver'];
  const server = launch(entry, [...folders, ...quiet, ...driver, '--bind-addr', `127.0.0.1:${port}`, options.workspace], env);
  const remote = (file: string): string => `vscode-remote://127.0.0.1:${port}${file.split(path.sep).join('/')}`;
  const development = options.development === undefined ? [] : [['extensionDevelopmentPath', remote(options.development)] as const];

  // A test run that is cut short takes the server with it.
  const endNow = (): void => {
    signalGroup(server.process, 'SIGKILL');
  };
  process.once('exit', endNow);
  const stop = async (): Promise<void> => {
    process.removeListener('exit', endNow);
    await endGroup(server.process);
    if (options.userData === undefined) {
      endLeftovers(userData);
      rmSync(userData, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  };
  try {
    await waitUntilHealthy(port, server);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    home: env['SLIPWAY_HOME'] ?? dataHomePath(),
    url: (payload = []) => {
      const query = new URLSearchParams({ folder: options.workspace });
      if (development.length + payload.length > 0) {
        query.set('payload', JSON.stringify([...development, ...payload]));
      }
      return `http://127.0.0.1:${port}/?${query.toString()}`;
    },
    remote,
    setTheme: writeSettings,
    output: () => server.output(),
    ended: new Promise((resolve) => {
      server.process.once('exit', () => {
        resolve();
      });
    }),
    stop,
  };
}

/** The variable of the environment that `npm test` sets. */
export function requiredVariable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new Error(`${name} is not set: run this suite with "npm run test:vscode".`);
  }
  return value;
}

interface Launched {
  readonly process: ChildProcess;
  output(): string;
}

function launch(entry: string, args: readonly string[], env: NodeJS.ProcessEnv): Launched {
  // A group of its own, so that extension hosts and kernels end with it.
  const child = spawn(process.execPath, [entry, ...args], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  return { process: child, output: () => output };
}

function finish(launched: Launched): Promise<void> {
  return new Promise((resolve, reject) => {
    launched.process.on('error', reject);
    launched.process.on('close', (code) => {
      if (code === 0) {
        resolve();
      } else {
        reject(new Error(`code-server ended with status ${String(code)}\n${launched.output()}`));
      }
    });
  });
}

async function waitUntilHealthy(port: number, server: Launched): Promise<void> {
  const deadline = Date.now() + 180_000;
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    if (response?.ok === true) {
      return;
    }
    if (server.process.exitCode !== null || Date.now() > deadline) {
      throw new Error(`code-server does not answer\n${server.output()}`);
    }
    await sleep(100);
  }
}

/** Ends a process and all that it started. */
async function endGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    signalGroup(child, 'SIGKILL');
    return;
  }
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  signalGroup(child, 'SIGTERM');
  await Promise.race([ended, sleep(5000)]);
  signalGroup(child, 'SIGKILL');
  await ended;
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) {
      process.kill(-pid, signal);
    }
  } catch {
    // The group has ended by itself.
  }
}

/** What a VS Code around this process would tell the one under test, and npm's own settings, are left out. */
function cleanEnvironment(additions: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_|npm_|CODE_SERVER_|NODE_TEST_CONTEXT$|NODE_OPTIONS$)/.test(name));
  return { ...Object.fromEntries(inherited), ...additions };
}
