import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Problem } from '../platform/errors.ts';
import { foreignRequest } from '../platform/http/guard.ts';
import type { Log } from '../platform/log.ts';
import type { DataHome } from '../platform/home.ts';
import { sendProblem } from './answer.ts';
import { watchCompanion } from './companionWatch.ts';
import { createControlRoutes } from './controlRoutes.ts';
import { createCounters } from './counters.ts';
import { createInferenceLog } from './inferenceLog.ts';
import { openLossReserve } from './lossReserve.ts';
import { createMetricsRoutes } from './metrics.ts';
import { createShadows } from './shadows.ts';
import { createReplicaConnections } from './replicaConnections.ts';
import { createRequestTotals } from './requestTotals.ts';
import { routeFilePath, type RouteFile } from './routeFile.ts';
import { watchRoutes } from './routeTable.ts';
import { createTraffic, type GatewayParts } from './traffic.ts';

export interface GatewayOptions {
  readonly home: DataHome;
  readonly port: number;
  readonly controlToken: string;
  readonly version: string;
  readonly log: Log;
  /** Asked to end by a control call. */
  readonly stopRequested: () => void;
}

export interface Gateway {
  readonly port: number;
  readonly startedAt: number;
  /** Stops accepting; resolves as soon as the port is free. */
  stopAccepting(): void;
  /** Resolves when what was in flight has finished and the log is on disk. */
  finish(): Promise<void>;
}

const closeCheckMilliseconds = 50;
const endpointPath = /^\/endpoints\/([^/?]+)([^?]*)(\?.*)?$/;

/**
 * Listens on loopback and forwards requests to the replicas that the route file names.
 * @throws the system's error when the port cannot be had
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { home, log } = options;
  const connections = createReplicaConnections();
  const counters = createCounters();
  const totals = createRequestTotals();
  const inferenceLog = createInferenceLog(home.inference, { bodySampleRate: 1, bodyBytes: 0 }, openLossReserve(path.join(home.gateway, 'losses.json')));
  const shadows = createShadows({ routeOf: (endpoint) => table.endpoint(endpoint), connections });
  const follow = (content: RouteFile): void => {
    counters.follow(content);
    shadows.follow(content);
    totals.follow(content);
    inferenceLog.configure(content.log);
    connections.keepOnly(
      new Set(Object.values(content.endpoints).flatMap(({ releases }) => releases.flatMap(({ replicas }) => replicas.map(({ address }) => address)))),
    );
  };
  const table = watchRoutes(routeFilePath(home), log, follow);
  const companion = watchCompanion({ home, log, needed: () => Object.keys(table.current().endpoints).length > 0 });
  const startedAt = Date.now();
  let accepting = true;

  const parts: GatewayParts = { table, connections, counters, totals, shadows, log: inferenceLog };
  const traffic = createTraffic(parts);
  const metrics = createMetricsRoutes({ home, table, connections, totals, shadows, log: inferenceLog, version: options.version });
  const control = createControlRoutes(options.controlToken, {
    status: () => {
      const failure = table.failure();
      const follows = companion.follows();
      return {
        pid: process.pid,
        port,
        version: options.version,
        startedAt,
        generation: table.current().generation,
        ...(failure === undefined ? {} : { routeFailure: failure }),
        inFlight: connections.total(),
        idleMilliseconds: Date.now() - traffic.lastRequestAt(startedAt),
        replicas: connections.report(),
        endpoints: counters.report(),
        shadows: shadows.report(),
        log: inferenceLog.status(),
        sendsKeys: true,
        ...(follows === undefined ? {} : { follows }),
      };
    },
    reload: () => table.reload(),
    flush: () => {
      inferenceLog.flush();
      return inferenceLog.status();
    },
    stop: options.stopRequested,
    shadowAnswers: (endpoint) => shadows.answers(endpoint),
    follow: (given) => companion.follow(given),
  });

  const handle = (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!accepting) {
      response.setHeader('connection', 'close');
    }
    if (refuseForeign(request, response)) {
      return Promise.resolve();
    }
    const url = request.url ?? '';
    const match = endpointPath.exec(url);
    if (match !== null) {
      return traffic.forward(request, response, { endpoint: match[1] ?? '', path: match[2] ?? '', query: match[3] ?? '' });
    }
    if (url.startsWith('/-/')) {
      control(request, response);
      return Promise.resolve();
    }
    if (url === '/metrics' || url.startsWith('/metrics/') || url.startsWith('/metrics?')) {
      return metrics(request, response);
    }
    request.resume();
    sendProblem(response, 404, new Problem('not-found', `There is no ${url.slice(0, 200)}.`, { remedy: 'Endpoints lie below /endpoints/NAME/, such as /endpoints/NAME/invocations.' }));
    return Promise.resolve();
  };

  const server = createServer({ keepAliveTimeout: 75_000, noDelay: true }, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      log.error(`${request.method ?? ''} ${request.url ?? ''}`, error);
      if (response.headersSent) {
        response.destroy();
      } else {
        sendProblem(response, 500, new Problem('internal', 'The gateway failed; see gateway.log.'));
      }
    });
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port: options.port, host: '127.0.0.1', backlog: 1024 }, resolve);
    });
  } catch (error) {
    companion.stop();
    await table.close();
    inferenceLog.close();
    throw error;
  }
  const { port } = server.address() as AddressInfo;

  let closed: Promise<void> | undefined;
  const stopAccepting = (): void => {
    accepting = false;
    companion.stop();
    closed ??= new Promise((resolve) => server.close(() => resolve()));
  };
  return {
    port,
    startedAt,
    stopAccepting,
    async finish() {
      stopAccepting();
      // A connection that was busy becomes idle only later.
      const idle = setInterval(() => server.closeIdleConnections(), closeCheckMilliseconds);
      await closed;
      clearInterval(idle);
      await table.close();
      inferenceLog.close();
      await connections.close();
    },
  };
}

/** Answers a request that does not come from a program of this machine. @returns whether it was one */
function refuseForeign(request: IncomingMessage, response: ServerResponse): boolean {
  const foreign = foreignRequest(request.headers.host, request.headers.origin);
  if (foreign === undefined) {
    return false;
  }
  request.resume();
  const message = foreign === 'host' ? 'The Host header does not name this machine.' : 'Requests from other origins are refused.';
  sendProblem(response, 403, new Problem('forbidden', message, { remedy: 'Address the gateway as 127.0.0.1 or localhost, from a program of this machine.' }));
  return true;
}
