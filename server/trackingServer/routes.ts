import { Router } from 'express';
import { trackingServerRoutes, type TrackingServer } from '../contract/trackingServer.ts';
import type { EventHub } from '../platform/http/events.ts';
import { Problem } from '../platform/errors.ts';
import type { AuditLog } from '../governance/auditLog.ts';
import { problemBody } from '../platform/http/failure.ts';
import { implement } from '../platform/http/implement.ts';
import type { CapturePublisher } from './capturePublisher.ts';
import type { Changes } from './changes.ts';
import type { RemoteServer, RemoteServers } from './servers.ts';
import { mountSharedRegistry } from '../registry/shared/sharedRegistry.ts';
import { mountSharedTracking } from '../tracking/shared/sharedTracking.ts';

export interface RemoteRouterOptions {
  readonly servers: RemoteServers;
  readonly changes: Changes;
  readonly captures: CapturePublisher;
  readonly audit: AuditLog;
  readonly events: EventHub;
  /** Summaries of what waits for a server. */
  readonly waiting: () => string[];
  /** Called with a new login. */
  readonly loggedIn: () => void;
  /** @throws Problem `conflict` when an endpoint serves the version */
  readonly refuseIfServed: (name: string, version: number, server: string) => void;
}

/**
 * The companion's own routes of tracking and registry while a shared server is in use; without one they are left to those of this machine. The same
 * routes, so that panels, trees and the command line know no difference.
 */
export function remoteRouter(options: RemoteRouterOptions): Router {
  const { servers, changes, captures, audit, events, waiting, loggedIn, refuseIfServed } = options;
  const router = Router();

  const describe = async (): Promise<TrackingServer> => {
    const server = servers.current();
    if (server === undefined) {
      return { uri: '', login: 'none', waiting: waiting() };
    }
    const { url: uri, login } = server;
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

  const shared = Router();
  router.use((request, response, next) => {
    if (servers.current() === undefined) {
      next();
    } else {
      shared(request, response, next);
    }
  });
  const current = (): RemoteServer => {
    const server = servers.current();
    if (server === undefined) {
      throw new Problem('conflict', 'The tracking server was changed meanwhile.', { remedy: 'Try again.' });
    }
    return server;
  };
  const idThere = (runId: string): string => captures.remoteId(runId, current().url) ?? runId;
  mountSharedTracking(shared, { current, events, idThere });
  mountSharedRegistry(shared, { current, events, audit, refuseIfServed });
  return router;
}
