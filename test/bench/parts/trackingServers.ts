import { readFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '../../../server/deployments/targets/process/freePort.ts';
import { root } from '../../setup/step.mjs';
import type { Sample } from '../benchmark.ts';
import { startServer, type RunningServer, type ServerCommand } from './processes.ts';
import { connect, type TrackingClient } from './trackingClient.ts';

/** A server as a trial meets it. */
export interface Side {
  readonly home: string;
  readonly command: () => Promise<ServerCommand>;
  readonly headers: () => Readonly<Record<string, string>>;
  /** Whether it has the companion's own API. */
  readonly panels: boolean;
}

export type Connect = (connections?: number) => TrackingClient;

/** Starts a server for one measurement. */
export async function withServer(side: Side, work: (open: Connect, server: RunningServer) => Promise<Sample>): Promise<Sample> {
  const command = await side.command();
  const server = await startServer(command);
  const clients: TrackingClient[] = [];
  try {
    const open: Connect = (connections) => {
      const client = connect(new URL(command.health).origin, side.headers(), connections);
      clients.push(client);
      return client;
    };
    return await work(open, server);
  } finally {
    await Promise.all(clients.map((client) => client.close()));
    await server.stop();
  }
}

/** The companion, as it is packaged, on a data home. */
export async function companionCommand(home: string): Promise<ServerCommand> {
  const port = await freePort();
  return {
    command: process.execPath,
    args: [path.join(root, 'dist/companion.mjs')],
    environment: { ...process.env, SLIPWAY_HOME: home, SLIPWAY_PORT: String(port), NODE_COMPILE_CACHE: path.join(home, 'cache', 'code') },
    health: `http://127.0.0.1:${port}/health`,
  };
}

/** What a running companion wants from its clients. */
export function companionHeaders(home: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${readFileSync(path.join(home, 'token'), 'utf8').trim()}` };
}

/** The database of an MLflow server on a folder. */
export function mlflowDatabase(home: string): string {
  return path.join(home, 'mlflow.db');
}

/** MLflow's server with SQLite and proxied artifacts. @param workers its own default when absent */
export async function mlflowCommand(python: string, home: string, workers?: number): Promise<ServerCommand> {
  const port = await freePort();
  const store = ['--backend-store-uri', `sqlite:///${mlflowDatabase(home)}`, '--artifacts-destination', path.join(home, 'artifacts')];
  const count = workers === undefined ? [] : ['--workers', String(workers)];
  return {
    command: python,
    args: ['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), ...count, ...store],
    // Its job runners have no counterpart here, and would more than double its memory.
    environment: { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true', MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' },
    cwd: home,
    health: `http://127.0.0.1:${port}/health`,
  };
}
