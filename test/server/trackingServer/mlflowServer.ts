import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../../harness/until.ts';
import { freePort } from '../../../server/deployments/targets/process/freePort.ts';

const python = process.env['SLIPWAY_TEST_PYTHON'] ?? fileURLToPath(new URL('../../../.cache/python/bin/python', import.meta.url));

/** A real `mlflow server` that keeps its data over stops. */
export interface MlflowServer {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Calls a route below `/api/2.0/mlflow` of the server itself. */
  get(path: string): Promise<unknown>;
  close(): Promise<void>;
}

/** @param environment what it finds beside the environment of the tests, such as MLFLOW_ENABLE_WORKSPACES */
export async function openMlflowServer(environment: NodeJS.ProcessEnv = {}): Promise<MlflowServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-mlflow-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let running: ChildProcess | undefined;

  const answers = (): Promise<boolean> => fetch(`${url}/health`).then(({ ok }) => ok, () => false);
  const stop = async (): Promise<void> => {
    const child = running;
    running = undefined;
    if (child?.pid !== undefined) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      // Its workers belong to the same group.
      process.kill(-child.pid, 'SIGKILL');
      await ended;
      await until(async () => !(await answers()));
    }
  };
  return {
    url,
    async start() {
      const store = ['--backend-store-uri', `sqlite:///${folder}/mlflow.db`, '--artifacts-destination', path.join(folder, 'artifacts')];
      running = spawn(python, ['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1', ...store], {
        cwd: folder,
        env: { ...process.env, PATH: `${path.dirname(python)}${path.delimiter}${process.env['PATH'] ?? ''}`, MLFLOW_DISABLE_TELEMETRY: 'true', MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false', ...environment },
        stdio: 'ignore',
        detached: true,
      });
      const deadline = Date.now() + 120_000;
      while (!(await answers())) {
        if (running.exitCode !== null || Date.now() > deadline) {
          throw new Error('mlflow server does not answer');
        }
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    },
    stop,
    async get(route) {
      const body: unknown = await (await fetch(`${url}/api/2.0/mlflow${route}`)).json();
      return body;
    },
    async close() {
      await stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}
