import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { isAlive } from '../platform/processEnd.ts';
import { createTurn } from '../platform/time/turn.ts';
import type { CompanionContext } from '../platform/context.ts';
import { Problem } from '../platform/errors.ts';
import { replaceFile } from '../platform/home.ts';
import { callGateway } from './controlCall.ts';
import { createGatewayProcess, type RunningGateway } from './gatewayProcess.ts';
import { readGatewayLock } from './lockFile.ts';
import { emptyRouteFile, readRouteFile, routeFile, routeFilePath, type RouteFile, type Routes } from './routeFile.ts';
import type { LogLoss } from './logLosses.ts';
import { shadowAnswers, type ShadowAnswer, type ShadowStatistics } from './shadowReport.ts';
import { gatewayStatus, inferenceLogStatus, type GatewayStatus, type InferenceLogStatus, type ReleaseStatistics } from './statusReport.ts';
import type { RecentAnswers } from './recentAnswers.ts';
import { watchModelErrors } from './watchModelErrors.ts';
import { watchLosses } from './watchLosses.ts';

/** The companion's hold on the gateway process. */
export interface GatewayControl {
  /** Stable URL of an endpoint, also while the gateway is down: `http://127.0.0.1:PORT/endpoints/NAME`. */
  url(endpoint: string): string;
  /**
   * Puts these routes, and no others, in force: starts the gateway if needed, and resolves once each new request follows them. Routes
   * that lie in the route file already are not written again.
   * @throws Problem `conflict` when the gateway's port is taken by another program
   */
  apply(routes: Routes): Promise<void>;
  /** Starts the gateway when routes want it and it does not run; adopts it when it does, with the settings in force. Replaces an older one that is idle. */
  ensureRunning(): Promise<void>;
  /** Whether it does not run although it did not end by itself; looks at nothing but its lock file. */
  hasDied(): boolean;
  /** Requests in flight at a replica (`host:port`); 0 when the gateway does not run. */
  inFlight(address: string): Promise<number>;
  /** Counters of a release since it began to get traffic; undefined when it gets none or the gateway does not run. */
  statistics(endpoint: string, release: string): Promise<ReleaseStatistics | undefined>;
  /** What became of the copies that an endpoint's shadow got; undefined where it has none, or the gateway does not run. */
  shadow(endpoint: string): Promise<ShadowStatistics | undefined>;
  /** What an endpoint's shadow answered to its latest copies, the earliest first. */
  shadowAnswers(endpoint: string): Promise<readonly ShadowAnswer[]>;
  /** Undefined when the gateway does not run. */
  status(): Promise<GatewayStatus | undefined>;
  /** Brings the inference log to disk; returns its counters, undefined when the gateway does not run. */
  flush(): Promise<InferenceLogStatus | undefined>;
  /** What the inference logs have lost, as of when the gateway was last looked at: of each endpoint the last loss. */
  losses(): readonly LogLoss[];
  /** The answers of a release's last five minutes, as of then, where a model raises on many of its requests; else undefined. */
  modelErrors(endpoint: string, release: string): RecentAnswers | undefined;
  /** Lets the gateway finish what is in flight and end. */
  stop(): Promise<void>;
  /** Asks a gateway that no endpoint has a route in to end, and does not wait for it. */
  letGo(): Promise<void>;
}

/** Controls the gateway of a data home. */
export function createGatewayControl(context: CompanionContext): GatewayControl {
  const { home, log } = context;
  const file = routeFilePath(home);
  const gateway = createGatewayProcess(context);
  const losses = watchLosses(context);
  const modelErrors = watchModelErrors(context);
  /** Each change is made from the one before. */
  const inTurn = createTurn();

  /** What lies in the route file; undefined where that is broken. */
  const stored = (): RouteFile | undefined => {
    try {
      return readRouteFile(file) ?? emptyRouteFile;
    } catch (error) {
      log.error(`${file} is broken and begins anew`, error);
      return undefined;
    }
  };

  const bringInForce = async ({ generation, endpoints }: RouteFile, found: RunningGateway | undefined): Promise<void> => {
    if (found === undefined && Object.keys(endpoints).length === 0) {
      return;
    }
    const keys = Object.values(endpoints).some(({ releases }) => releases.some(({ replicas }) => replicas.some(({ key }) => key !== undefined)));
    const { lock, status } = await gateway.ensure(found, keys);
    if (context.relaunch !== undefined && status.follows !== context.relaunch.pid) {
      // One of an older version does not know how.
      await callGateway(lock, 'POST', '/-/follow', z.object({}), context.relaunch);
    }
    if (status.generation === generation) {
      return;
    }
    const reloaded = await callGateway(lock, 'POST', '/-/reload', gatewayStatus);
    if (reloaded?.generation !== generation) {
      throw new Problem('internal', 'The gateway did not take the new routes.', { remedy: reloaded?.routeFailure ?? `See ${home.logs}/gateway.log.` });
    }
  };

  const put = async (routes: Routes): Promise<void> => {
    const found = await gateway.find();
    losses.saw(found?.status.log.losses ?? []);
    modelErrors.saw(found?.status.endpoints ?? {});
    const before = stored();
    const wanted = routeFile.parse({
      format: 1,
      generation: before?.generation ?? 0,
      log: { bodySampleRate: context.settings().bodySampleRate },
      endpoints: routes,
    });
    if (isDeepStrictEqual(wanted, before)) {
      await bringInForce(wanted, found);
      return;
    }
    const next = { ...wanted, generation: Math.max(wanted.generation, found?.status.generation ?? 0) + 1 };
    replaceFile(file, `${JSON.stringify(next, null, 1)}\n`);
    await bringInForce(next, found);
  };

  return {
    url: (endpoint) => `http://127.0.0.1:${context.settings().gatewayPort}/endpoints/${endpoint}`,
    apply: (routes) => inTurn(() => put(routes)),
    ensureRunning: () =>
      inTurn(async () => {
        const { endpoints } = stored() ?? emptyRouteFile;
        if (Object.keys(endpoints).length > 0) {
          await put(endpoints);
        }
      }),
    hasDied() {
      const lock = readGatewayLock(home);
      return lock !== undefined && !isAlive(lock.pid);
    },
    inFlight: async (address) => (await gateway.find())?.status.replicas[address] ?? 0,
    statistics: async (endpoint, release) => (await gateway.find())?.status.endpoints[endpoint]?.releases.find((entry) => entry.release === release),
    shadow: async (endpoint) => (await gateway.find())?.status.shadows[endpoint],
    async shadowAnswers(endpoint) {
      const lock = readGatewayLock(home);
      return lock === undefined ? [] : ((await callGateway(lock, 'GET', `/-/shadows/${endpoint}`, shadowAnswers))?.answers ?? []);
    },
    status: async () => (await gateway.find())?.status,
    async flush() {
      const lock = readGatewayLock(home);
      const status = lock === undefined ? undefined : await callGateway(lock, 'POST', '/-/flush', inferenceLogStatus);
      losses.saw(status?.losses ?? []);
      return status;
    },
    losses: () => losses.all(),
    modelErrors: (endpoint, release) => modelErrors.of(endpoint, release),
    letGo: () =>
      inTurn(async () => {
        const lock = readGatewayLock(home);
        if (lock !== undefined && Object.keys(stored()?.endpoints ?? {}).length === 0) {
          await gateway.askToEnd(lock);
        }
      }),
    stop: () =>
      inTurn(async () => {
        const found = await gateway.find();
        if (found !== undefined) {
          await gateway.halt(found.lock);
        }
      }),
  };
}
