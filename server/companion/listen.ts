import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo, ListenOptions } from 'node:net';
import path from 'node:path';
import { activation, activationFile } from '../platform/activation.ts';
import { Problem, systemErrorCode } from '../platform/errors.ts';
import { replaceFile, type DataHome } from '../platform/home.ts';

const defaultPort = 5077;
const loopback = '127.0.0.1';

export interface Listening {
  readonly port: number;
  /** Set when the companion had to leave its usual port. */
  readonly notice?: string;
}

/**
 * Binds to loopback: the port that was asked for, else the one used last (kernels and `.env` files name it), else {@link defaultPort},
 * else any free one.
 * @throws Problem `conflict` when a port that was asked for is taken
 */
export async function listenOnLoopback(server: Server, home: DataHome, asked: number | undefined): Promise<Listening> {
  const usual = asked ?? usualPort(home);
  try {
    const port = await bind(server, usual);
    rememberPort(home, port);
    return { port };
  } catch (error) {
    if (systemErrorCode(error) !== 'EADDRINUSE') {
      throw error;
    }
    if (asked !== undefined) {
      throw new Problem('conflict', `Port ${asked} is taken by another program.`, {
        field: 'port',
        remedy: 'Set slipway.companion.port (or SLIPWAY_PORT) to a free port, or to 0 for any.',
        cause: error,
      });
    }
    const port = await bind(server, 0);
    rememberPort(home, port);
    return { port, notice: `Port ${usual} is taken by another program; the companion listens on ${port}. Kernels that were connected before must connect again.` };
  }
}

/**
 * Listens on a socket that a service holds: clients that connect while no companion runs wait in it, and start the next one.
 * @throws Problem `forbidden` for a socket that other machines could reach
 */
export async function listenOnSocket(server: Server, home: DataHome, descriptor: number): Promise<Listening> {
  const { address, port } = await listenOn(server, { fd: descriptor });
  if (address !== loopback) {
    throw new Problem('forbidden', `The service passes a socket on ${address}; the companion listens on ${loopback} alone.`, { remedy: `Set ListenStream=${loopback}:${port} in the unit of the socket.` });
  }
  rememberPort(home, port);
  replaceFile(activationFile(home.root), `${JSON.stringify(activation.parse({ port }))}\n`);
  return { port };
}

async function bind(server: Server, port: number): Promise<number> {
  return (await listenOn(server, { port, host: loopback })).port;
}

function listenOn(server: Server, where: ListenOptions | { readonly fd: number }): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(error);
    server.once('error', fail);
    server.listen(where, () => {
      server.off('error', fail);
      resolve(server.address() as AddressInfo);
    });
  });
}

function portFile(home: DataHome): string {
  return path.join(home.root, 'port');
}

/** The port that the companion of a data home takes where no other is asked for and it is free. */
export function usualPort(home: DataHome): number {
  return lastPort(home) ?? defaultPort;
}

function lastPort(home: DataHome): number | undefined {
  try {
    const port = Number.parseInt(readFileSync(portFile(home), 'utf8'), 10);
    return port > 0 && port < 65536 ? port : undefined;
  } catch {
    return undefined;
  }
}

function rememberPort(home: DataHome, port: number): void {
  if (lastPort(home) !== port) {
    replaceFile(portFile(home), `${port}\n`);
  }
}
