import { Router } from 'express';
import { trackingServerRoutes, type TrackingServer } from '../contract/trackingServer.ts';
import type { EventHub } from '../platform/http/events.ts';
import { Problem } from '../platform/errors.ts';
import { problemBody } from '../platform/http/failure.ts';
import { implement } from '../platform/http/implement.ts';
import type { Changes } from './changes.ts';
import type { SharedServers } from './servers.ts';

export interface TrackingServerRouterOptions {
  readonly servers: SharedServers;
  readonly changes: Changes;
  readonly events: EventHub;
  /** Summaries of what waits for a server. */
  readonly waiting: () => string[];
  /** Called with a new login. */
  readonly loggedIn: () => void;
}

/** The companion's own routes about the shared server itself. */
export function trackingServerRouter({ servers, changes, events, waiting, loggedIn }: TrackingServerRouterOptions): Router {
  const router = Router();

  const describe = async (): Promise<TrackingServer> => {
    const server = servers.current();
    if (server === undefined) {
      return { uri: '', login: 'none', waiting: waiting() };
    }
    const { baseUrl: uri, login } = server;
    try {
      const version = await server.check();
      return { uri, login, ...(version === undefined ? {} : { version }), waiting: waiting() };
    } catch (error) {
      if (!Problem.is(error)) {
        throw error;
      }
      return { uri, login, problem: problemBody(error).error, waiting: waiting() };
    }
  };
  implement(router, trackingServerRoutes.getTrackingServer, describe);
  implement(router, trackingServerRoutes.logIn, async ({ uri, username, password, token, keep = false }) => {
    servers.logIn(uri, { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }), ...(token === undefined ? {} : { token }) });
    events.publish({ topic: 'companion' });
    loggedIn();
    const described = await describe();
    if (keep && described.problem?.reason !== 'forbidden') {
      servers.keepLogin(uri);
    }
    return described;
  });
  implement(router, trackingServerRoutes.lookForChanges, async () => {
    await changes.look();
    return {};
  });

  return router;
}
