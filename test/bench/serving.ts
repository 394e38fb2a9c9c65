import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../server/deployments/targets/process/freePort.ts';
import { readCustomers } from '../demo/customers.ts';
import { root, run, step } from '../setup/step.mjs';
import type { Bench, Sample } from './benchmark.ts';
import { load } from './parts/load.ts';
import { memoryOfTree } from './parts/memory.ts';
import { startServer, type RunningServer, type ServerCommand } from './parts/processes.ts';
import { preparePython } from './parts/python.ts';

const sample = path.join(root, 'media/sample');
const warmUpSeconds = 1;
const measuredSeconds = 4;
const manyConnections = 64;

/** Customers of the sample, one a request, as JSON bodies for `/invocations`. */
function requestBodies(): string[] {
  return [...readCustomers(path.join(sample, 'churn.csv')).keys()].slice(0, 200).map((customer) => JSON.stringify({ dataframe_records: [customer] }));
}

/** Starts the server, loads it with one connection and then with many, and ends it. */
async function serve(command: ServerCommand, bodies: readonly string[]): Promise<Sample> {
  const server: RunningServer = await startServer(command);
  try {
    const request = { origin: new URL(command.health).origin, path: '/invocations', bodies };
    await load(request, 1, warmUpSeconds);
    const one = await load(request, 1, measuredSeconds);
    await load(request, manyConnections, warmUpSeconds);
    const many = await load(request, manyConnections, measuredSeconds);
    return {
      start: server.startMilliseconds / 1000,
      alone: one.p50Milliseconds,
      rate: many.requestsPerSecond,
      late: many.p99Milliseconds,
      memory: memoryOfTree(server.pid),
    };
  } finally {
    await server.stop();
  }
}

export const serving: Bench = {
  name: 'serving',
  summary: "the model server against MLflow's own, on the sample's pipeline",
  rounds: 3,
  async prepare() {
    const python = await preparePython();
    const folder = mkdtempSync(path.join(tmpdir(), 'slipway-bench-'));
    const environment = { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true', PYTHONDONTWRITEBYTECODE: '1' };
    await step('Training the sample model', () =>
      run(python, [path.join(root, 'test/bench/parts/sample_release.py'), path.join(sample, 'churn.ipynb'), folder], {
        env: { ...environment, PYTHONPATH: path.join(root, 'test/python/model_server') },
      }),
    );
    const bodies = requestBodies();
    const ours = async (): Promise<ServerCommand> => {
      const port = await freePort();
      return {
        command: python,
        args: ['-m', 'slipway_server', '--release', path.join(folder, 'release'), '--host', '127.0.0.1', '--port', String(port)],
        environment: { ...environment, PYTHONPATH: path.join(root, 'dist/python') },
        health: `http://127.0.0.1:${port}/ping`,
      };
    };
    const mlflow = async (): Promise<ServerCommand> => {
      const port = await freePort();
      return {
        command: python,
        args: [
          '-m', 'mlflow', 'models', 'serve', '--env-manager', 'local', '--workers', '1',
          '--host', '127.0.0.1', '--port', String(port), '--model-uri', path.join(folder, 'release/model'),
        ],
        environment: { ...environment, PATH: [path.dirname(python), process.env['PATH']].join(path.delimiter) },
        cwd: folder,
        health: `http://127.0.0.1:${port}/ping`,
      };
    };
    return {
      trials: [
        {
          rows: [
            { key: 'alone', work: 'one row, p50, 1 connection', unit: 'ms' },
            { key: 'rate', work: `one row, ${manyConnections} connections`, unit: 'req/s', goal: { kind: 'ratio-at-least', value: 10 } },
            { key: 'late', work: `one row, p99, ${manyConnections} connections`, unit: 'ms' },
            { key: 'start', work: 'model server start to the first good /ping', unit: 's' },
            { key: 'memory', work: 'model server memory after the load', unit: 'MB' },
          ],
          ours: async () => serve(await ours(), bodies),
          peer: { name: 'mlflow models serve, 1 worker', measure: async () => serve(await mlflow(), bodies) },
        },
      ],
      close: () => {
        rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
        return Promise.resolve();
      },
    };
  },
};
