import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../server/deployments/targets/process/freePort.ts';
import { ensureEditor } from '../setup/editor.ts';
import { packExtension } from '../setup/package.ts';
import { root } from '../setup/step.mjs';
import type { Bench, Sample } from './benchmark.ts';
import { measureActivation } from './parts/extensionHost.ts';
import { memoryOfTree } from './parts/memory.ts';
import { pause, startServer, type ServerCommand } from './parts/processes.ts';
import { preparePython } from './parts/python.ts';

/** What a server gets to settle before its memory is read. */
const settleMilliseconds = 3000;

async function companion(home: string): Promise<ServerCommand> {
  const port = await freePort();
  return {
    command: process.execPath,
    args: [path.join(root, 'dist/companion.mjs')],
    environment: { ...process.env, SLIPWAY_HOME: home, SLIPWAY_PORT: String(port), NODE_COMPILE_CACHE: path.join(home, 'cache', 'code') },
    health: `http://127.0.0.1:${port}/health`,
  };
}

async function mlflowServer(python: string, home: string): Promise<ServerCommand> {
  const port = await freePort();
  const store = ['--backend-store-uri', `sqlite:///${path.join(home, 'mlflow.db')}`, '--artifacts-destination', path.join(home, 'artifacts')];
  return {
    command: python,
    args: ['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1', ...store],
    // Its job runners have no counterpart here: they would more than double its memory.
    environment: { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true', MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' },
    cwd: home,
    health: `http://127.0.0.1:${port}/health`,
  };
}

/** Starts twice on one home, the first time on an empty one, and reads the memory of the second when it idles. */
async function startTwice(command: (home: string) => Promise<ServerCommand>): Promise<Sample> {
  const home = mkdtempSync(path.join(tmpdir(), 'slipway-bench-'));
  try {
    const first = await startServer(await command(home));
    await first.stop();
    const second = await startServer(await command(home));
    try {
      await pause(settleMilliseconds);
      return { fresh: first.startMilliseconds / 1000, again: second.startMilliseconds / 1000, memory: memoryOfTree(second.pid) };
    } finally {
      await second.stop();
    }
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

async function packageSize(): Promise<Sample> {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-bench-'));
  try {
    const file = path.join(folder, 'slipway.vsix');
    await packExtension(file);
    return { size: statSync(file).size / 1e6 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const activation: Bench = {
  name: 'activation',
  summary: 'activation of the extension, start and idle memory of the companion, size of the package',
  rounds: 5,
  async prepare() {
    const python = await preparePython();
    Object.assign(process.env, await ensureEditor());
    return {
      trials: [
        {
          rows: [
            { key: 'fresh', work: 'server start to /health, new home', unit: 's', goal: { kind: 'at-most', value: 0.3 } },
            { key: 'again', work: 'server start to /health, used home', unit: 's', goal: { kind: 'at-most', value: 0.3 } },
            { key: 'memory', work: 'server idle memory', unit: 'MB', goal: { kind: 'at-most', value: 120 } },
          ],
          ours: () => startTwice(companion),
          peer: { name: 'mlflow server, 1 worker, sqlite, no jobs', measure: () => startTwice((home) => mlflowServer(python, home)) },
        },
        {
          rows: [{ key: 'activate', work: 'extension activation in VS Code', unit: 'ms', goal: { kind: 'at-most', value: 200 } }],
          ours: measureActivation,
        },
        { rows: [{ key: 'size', work: '.vsix size', unit: 'MB' }], ours: packageSize, rounds: 1 },
      ],
      close: () => Promise.resolve(),
    };
  },
};
