import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { freePort } from '../../../server/deployments/targets/process/freePort.ts';
import { root } from '../../setup/step.mjs';
import { peerPython } from './peerEnvironment.ts';
import { pinned } from './pinned.ts';
import type { ServerCommand } from './processes.ts';

export type Row = Readonly<Record<string, string | number>>;

/** A model that was laid out by `serving_models.py`. */
export interface LaidOut {
  readonly folder: string;
  readonly row: Row;
}

/** A model server, and how it is asked for one row. */
export interface ServedModel {
  readonly command: ServerCommand;
  readonly path: string;
  readonly body: string;
}

/** A model server that a model is compared in. */
export interface ServingPeer {
  readonly name: string;
  readonly serve: (model: LaidOut) => Promise<ServedModel>;
}

const peers = path.join(root, 'test/bench/parts/peers');

interface Start {
  readonly python: string;
  /** A program beside the interpreter, where the server is no module of it. */
  readonly program?: string;
  readonly args: (port: number) => readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly health: string;
}

/** On one processor, with its libraries' threads as the server leaves them. */
async function starting({ python, program, args, environment = {}, cwd, health }: Start): Promise<ServerCommand> {
  const port = await freePort();
  const PATH = [path.dirname(python), process.env['PATH']].join(path.delimiter);
  const common = { ...process.env, PATH, PYTHONDONTWRITEBYTECODE: '1', MLFLOW_DISABLE_TELEMETRY: 'true', BENTOML_DO_NOT_TRACK: 'True', ...environment };
  return { ...pinned(0, { command: program === undefined ? python : path.join(path.dirname(python), program), args: args(port) }), environment: common, ...(cwd === undefined ? {} : { cwd }), health: `http://127.0.0.1:${port}${health}` };
}

/** Our model server with one worker, as it is packaged. */
export async function ourServer(python: string, { folder, row }: LaidOut): Promise<ServedModel> {
  const command = await starting({
    python,
    args: (port) => ['-m', 'slipway_server', '--release', path.join(folder, 'release'), '--host', '127.0.0.1', '--port', String(port)],
    environment: { PYTHONPATH: path.join(root, 'dist/python') },
    health: '/ping',
  });
  return { command, path: '/invocations', body: JSON.stringify({ dataframe_records: [row] }) };
}

function mlflowPeer(python: string): ServingPeer {
  return {
    name: 'mlflow models serve, 1 worker',
    serve: async ({ folder, row }) => ({
      command: await starting({
        python,
        args: (port) => ['-m', 'mlflow', 'models', 'serve', '--env-manager', 'local', '--workers', '1', '--host', '127.0.0.1', '--port', String(port), '--model-uri', path.join(folder, 'saved')],
        environment: { MLFLOW_ALLOW_PICKLE_DESERIALIZATION: 'true' },
        cwd: folder,
        health: '/ping',
      }),
      path: '/invocations',
      body: JSON.stringify({ dataframe_records: [row] }),
    }),
  };
}

function fastApiPeer(python: string): ServingPeer {
  return {
    name: 'FastAPI and pandas, uvicorn, 1 worker',
    serve: async ({ folder, row }) => ({
      command: await starting({
        python,
        args: (port) => ['-m', 'uvicorn', 'serve_fastapi:app', '--host', '127.0.0.1', '--port', String(port), '--log-level', 'warning'],
        environment: { MODEL: path.join(folder, 'model.joblib') },
        cwd: peers,
        health: '/ready',
      }),
      path: '/predict',
      body: JSON.stringify([row]),
    }),
  };
}

function bentoPeer(python: string): ServingPeer {
  return {
    name: 'BentoML, adaptive batching, 1 worker',
    serve: async ({ folder, row }) => ({
      command: await starting({
        python,
        args: (port) => ['-m', 'bentoml', 'serve', 'serve_bentoml:Served', '--host', '127.0.0.1', '--port', String(port)],
        environment: { MODEL: path.join(folder, 'model.joblib'), BENTOML_HOME: path.join(folder, 'bentoml') },
        cwd: peers,
        health: '/readyz',
      }),
      path: '/predict',
      body: JSON.stringify({ rows: [row] }),
    }),
  };
}

function litServePeer(python: string): ServingPeer {
  return {
    name: 'LitServe, batches, 1 worker',
    serve: async ({ folder, row }) => ({
      command: await starting({
        python,
        args: (port) => ['serve_litserve.py', String(port)],
        environment: { MODEL: path.join(folder, 'model.joblib') },
        cwd: peers,
        health: '/health',
      }),
      path: '/predict',
      body: JSON.stringify({ row }),
    }),
  };
}

/** Settings of MLServer for one model of its scikit-learn runtime, which also loads XGBoost's classifier. */
function mlserverFolder({ folder }: LaidOut, port: number): string {
  const place = path.join(folder, `mlserver-${port}`);
  mkdirSync(place);
  const settings = { http_port: port, grpc_port: port + 1, metrics_port: port + 2, host: '127.0.0.1', debug: false, parallel_workers: 0 };
  writeFileSync(path.join(place, 'settings.json'), JSON.stringify(settings));
  const model = { name: 'bench', implementation: 'mlserver_sklearn.SKLearnModel', parameters: { uri: path.join(folder, 'model.joblib') }, max_batch_size: 64, max_batch_time: 0.005 };
  writeFileSync(path.join(place, 'model-settings.json'), JSON.stringify(model));
  return place;
}

function mlserverPeer(python: string): ServingPeer {
  return {
    name: 'MLServer, adaptive batching, no parallel workers',
    serve: async (model) => {
      const inputs = Object.entries(model.row).map(([name, value]) =>
        typeof value === 'string'
          ? { name, shape: [1, 1], datatype: 'BYTES', data: [value], parameters: { content_type: 'str' } }
          : { name, shape: [1, 1], datatype: 'FP64', data: [value] },
      );
      return {
        command: await starting({ python, program: 'mlserver', args: (port) => ['start', mlserverFolder(model, port)], health: '/v2/models/bench/ready' }),
        path: '/v2/models/bench/infer',
        body: JSON.stringify({ parameters: { content_type: 'pd' }, inputs }),
      };
    },
  };
}

/** The peers, each in its own environment; those that cannot be installed are said to be missing. @param python the interpreter of the tests */
export async function findServingPeers(python: string): Promise<ServingPeer[]> {
  const own: readonly (readonly [string, readonly string[], (found: string) => ServingPeer])[] = [
    ['mlserver', ['mlserver==1.7.1', 'mlserver-sklearn==1.7.1'], mlserverPeer],
    ['bentoml', ['bentoml==1.4.40'], bentoPeer],
    ['litserve', ['litserve==0.2.19'], litServePeer],
  ];
  const found: ServingPeer[] = [mlflowPeer(python), fastApiPeer(python)];
  for (const [name, packages, peer] of own) {
    const interpreter = await peerPython(python, name, packages);
    if (interpreter !== undefined) {
      found.push(peer(interpreter));
    }
  }
  return found;
}

export const servedRow = z.record(z.string(), z.union([z.string(), z.number()]));
