import { z } from 'zod';
import { isAlive } from '../client/processEnd.ts';
import type { CompanionContext } from '../platform/context.ts';
import { Problem } from '../platform/errors.ts';
import { replaceFile } from '../platform/home.ts';
import { isNewer } from '../client/start.ts';
import { callGateway } from './controlCall.ts';
import { launchGateway } from './launch.ts';
import { gatewayLockPath, readGatewayLock } from './lockFile.ts';
import { emptyRouteFile, readRouteFile, routeFile, routeFilePath, type EndpointRoute, type RouteFile, type Routes } from './routeFile.ts';
import { gatewayStatus, inferenceLogStatus, type GatewayLock, type GatewayStatus, type ReleaseStatistics } from './statusReport.ts';

const controlMilliseconds = 5000;
const takeOverMilliseconds = 60_000;
/** An older gateway that has had no request for so long is replaced. */
const idleMilliseconds = 60_000;

/** The companion's hold on the gateway process. */
export interface GatewayControl {
  /** Stable URL of an endpoint, also while the gateway is down: `http://127.0.0.1:PORT/endpoints/NAME`. */
  url(endpoint: string): string;
  /** The routes that were applied last; they are in force or will be as soon as the gateway runs. */
  current(): Routes;
  /**
   * Puts these routes, and no others, in force: starts the gateway if needed, and resolves once each new request follows them.
   * @throws Problem `conflict` when the gateway's port is taken by another program
   */
  apply(routes: Routes): Promise<void>;
  /** As {@link apply} for one endpoint; `undefined` takes it off. The other endpoints stay. */
  change(endpoint: string, route: EndpointRoute | undefined): Promise<void>;
  /** Starts the gateway when routes want it and it does not run; adopts it when it does, with the settings in force. Replaces an older one that is idle. */
  ensureRunning(): Promise<void>;
  /** Requests in flight at a replica (`host:port`); 0 when the gateway does not run. */
  inFlight(address: string): Promise<number>;
  /** Counters of a release since it began to get traffic; undefined when it gets none or the gateway does not run. */
  statistics(endpoint: string, release: string): Promise<ReleaseStatistics | undefined>;
  /** Undefined when the gateway does not run. */
  status(): Promise<GatewayStatus | undefined>;
  /** Brings the inference log to disk; returns its counters, undefined when the gateway does not run. */
  flush(): Promise<z.infer<typeof inferenceLogStatus> | undefined>;
  /** Lets the gateway finish what is in flight and end. */
  stop(): Promise<void>;
}

/** Controls the gateway of a data home. */
export function createGatewayControl(context: CompanionContext): GatewayControl {
  const { home, log } = context;
  const file = routeFilePath(home);
  let turn: Promise<unknown> = Promise.resolve();

  /** One change at a time: each is made from the one before. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  };
  const stored = (): RouteFile => {
    try {
      return readRouteFile(file) ?? emptyRouteFile;
    } catch (error) {
      log.error(`${file} is broken and begins anew`, error);
      return emptyRouteFile;
    }
  };

  const running = async (): Promise<{ lock: GatewayLock; status: GatewayStatus } | undefined> => {
    const lock = readGatewayLock(home);
    const status = lock === undefined ? undefined : await callGateway(lock, 'GET', '/-/status', gatewayStatus);
    return lock === undefined || status === undefined || status.pid !== lock.pid ? undefined : { lock, status };
  };

  /** A gateway that another process has just started is found a moment later. */
  const appeared = async (): Promise<GatewayLock | undefined> => {
    const deadline = Date.now() + controlMilliseconds;
    for (;;) {
      const lock = (await running())?.lock;
      if (lock !== undefined || Date.now() > deadline) {
        return lock;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  const halt = async (lock: GatewayLock): Promise<void> => {
    await callGateway(lock, 'POST', '/-/stop', z.object({}));
    const deadline = Date.now() + takeOverMilliseconds;
    while (readGatewayLock(home)?.pid === lock.pid && isAlive(lock.pid) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  const ensureRunning = async (): Promise<GatewayLock> => {
    const port = context.settings().gatewayPort;
    const found = await running();
    if (found !== undefined) {
      const { lock, status } = found;
      const outdated = isNewer(context.version, lock.version) && status.inFlight === 0 && status.idleMilliseconds >= idleMilliseconds;
      if (lock.port === port && !outdated) {
        return lock;
      }
      log.info(lock.port === port ? `replacing the gateway of version ${lock.version}` : `moving the gateway from port ${lock.port} to ${port}`);
      await halt(lock);
    }
    await launchGateway({ home: home.root, port, version: context.version });
    const lock = await appeared();
    if (lock === undefined) {
      throw new Problem('internal', 'The gateway started but does not answer.', { remedy: `See ${home.logs}/gateway.log; the lock file is ${gatewayLockPath(home)}.` });
    }
    return lock;
  };

  const put = async (routes: Routes): Promise<void> => {
    const inForce = (await running())?.status.generation ?? 0;
    const next = routeFile.parse({
      format: 1,
      generation: Math.max(stored().generation, inForce) + 1,
      log: { bodySampleRate: context.settings().bodySampleRate },
      endpoints: routes,
    });
    replaceFile(file, `${JSON.stringify(next, null, 1)}\n`);
    if (Object.keys(routes).length === 0 && (await running()) === undefined) {
      return;
    }
    const lock = await ensureRunning();
    const status = await callGateway(lock, 'POST', '/-/reload', gatewayStatus);
    if (status?.generation !== next.generation) {
      throw new Problem('internal', 'The gateway did not take the new routes.', { remedy: status?.routeFailure ?? `See ${home.logs}/gateway.log.` });
    }
  };

  return {
    url: (endpoint) => `http://127.0.0.1:${context.settings().gatewayPort}/endpoints/${endpoint}`,
    current: () => stored().endpoints,
    apply: (routes) => inTurn(() => put(routes)),
    change: (endpoint, route) =>
      inTurn(() => {
        const others = Object.entries(stored().endpoints).filter(([name]) => name !== endpoint);
        return put(Object.fromEntries(route === undefined ? others : [...others, [endpoint, route]]));
      }),
    ensureRunning: () =>
      inTurn(async () => {
        const { endpoints, log: logOptions } = stored();
        if (Object.keys(endpoints).length === 0) {
          return;
        }
        if (logOptions.bodySampleRate === context.settings().bodySampleRate) {
          await ensureRunning();
        } else {
          await put(endpoints);
        }
      }),
    inFlight: async (address) => (await running())?.status.replicas[address] ?? 0,
    statistics: async (endpoint, release) => (await running())?.status.endpoints[endpoint]?.releases.find((entry) => entry.release === release),
    status: async () => (await running())?.status,
    async flush() {
      const lock = readGatewayLock(home);
      return lock === undefined ? undefined : callGateway(lock, 'POST', '/-/flush', inferenceLogStatus);
    },
    stop: () =>
      inTurn(async () => {
        const found = await running();
        if (found !== undefined) {
          await halt(found.lock);
        }
      }),
  };
}
