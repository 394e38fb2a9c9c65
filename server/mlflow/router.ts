import { Router } from 'express';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../contract/caller.ts';
import { callerAtDoor } from '../platform/caller.ts';
import type { CompanionContext } from '../platform/context.ts';
import { presentedUser } from '../platform/http/guard.ts';
import { sendPieces } from '../platform/http/pieces.ts';
import type { Readers } from '../platform/threads/readers.ts';
import type { LocalRegistry } from '../registry/local/localRegistry.ts';
import type { TrackingServerConnection } from '../trackingServer/trackingServer.ts';
import type { Tracking } from '../tracking/tracking.ts';
import { createArtifactHandler } from './artifactRoutes.ts';
import { ProtocolError, notImplemented, toFailure } from './failure.ts';
import { readMessage, readQuery, type Fields, type Message } from './message.ts';
import type { MlflowRead } from './reads.ts';
import { createServerProxy, isMlflowPath } from './serverProxy.ts';
import { readBody, type JsonObject } from './requestBody.ts';
import type { Answer, MlflowRoute } from './route.ts';
import { createRouteTable, type MatchedRoute } from './routeTable.ts';
import { experimentRoutes } from './routes/experiments.ts';
import { inputRoutes } from './routes/inputs.ts';
import { loggedModelRoutes } from './routes/loggedModels.ts';
import { metricRoutes } from './routes/metrics.ts';
import { registryRoutes } from './routes/registry.ts';
import { runRoutes } from './routes/runs.ts';

/** The release of MLflow whose protocol this server speaks; clients choose their paths by it. */
export const mlflowVersion = '3.18.0';

const core = /^\/(?:ajax-)?api\/2\.0\/mlflow(\/.*)$/;

/** Paths of MLflow that have nothing to do with tracking and registry: traces, prompts' optimization, judges, gateways, webhooks. */
const otherParts =
  /^\/(?:(?:ajax-)?api\/[34]\.0\/.*|v1\/traces|graphql|get-trace-artifact|gateway\/.*|(?:ajax-)?api\/2\.0\/(?:mlflow\/(?:traces|get-trace-artifact|scorers|assessments|genai|gateway|gateway-proxy|webhooks|issues|label-schemas|review-queues|promptlab|runs\/create-promptlab-run|artifacts\/presigned-|mcp)|otel|jobs|genai).*)/;

const serverInfo = {
  store_type: 'SqlStore',
  workspaces_enabled: false,
  trace_archival_enabled: false,
  multipart_uploads_enabled: false,
  multipart_downloads_enabled: false,
};

function sendText(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

/** A kernel that Slipway connected logs in as `slipway`, or as `nb-` with its captured run; other clients of MLflow name nobody. */
function callerOf(headers: IncomingHttpHeaders, userName: string | undefined): Caller {
  return callerAtDoor(headers, undefined, /^(?:slipway|nb-[0-9a-f]{32})$/.test(userName ?? '') ? 'notebook' : 'mlflow client');
}

async function sendAnswer(response: ServerResponse, answer: Answer): Promise<void> {
  if (typeof answer === 'object' && Symbol.asyncIterator in answer) {
    await sendPieces(response, 'application/json', answer);
  } else {
    sendText(response, 200, 'application/json', typeof answer === 'string' ? answer : JSON.stringify(answer));
  }
}

/** The fields of a call: from the query string of a GET, else from the body. A GET without a query may have a body as well. */
async function readCall(fields: Fields, parameters: MatchedRoute['parameters'], request: IncomingMessage, query: URLSearchParams): Promise<Message<Fields>> {
  const read = (values: JsonObject): Message<Fields> => readMessage(fields, parameters === undefined ? values : { ...values, ...parameters });
  if (request.method === 'GET' && query.size > 0) {
    return read(readQuery(fields, query));
  }
  const { object, asWritten } = await readBody(request);
  try {
    return read(object);
  } catch {
    // Fails again, with an error that quotes numbers as they were written.
    return read(asWritten());
  }
}

export interface MlflowNeeds {
  readonly tracking: Pick<Tracking, 'local' | 'shared'>;
  readonly registry: LocalRegistry;
  readonly readers: Readers<MlflowRead>;
  readonly connection: Pick<TrackingServerConnection, 'current' | 'at' | 'passed'>;
}

/**
 * The MLflow REST surface. Core calls are found in one table by method and path and answered without further middleware: they are
 * what a training waits for.
 */
export function createMlflowRouter(context: CompanionContext, { tracking: { local: tracking, shared }, registry, readers, connection }: MlflowNeeds): Router {
  const routes: MlflowRoute[] = [
    ...experimentRoutes(tracking, context.events, readers),
    ...runRoutes(tracking, context.database, readers),
    ...metricRoutes(readers),
    ...inputRoutes(tracking),
    ...loggedModelRoutes(tracking, readers),
    ...registryRoutes(registry, readers),
  ];
  const table = createRouteTable(routes);
  const artifacts = createArtifactHandler(tracking, registry);
  const passOn = createServerProxy(connection, shared, context.log);

  const callRoute = async ({ route, parameters }: MatchedRoute, request: IncomingMessage, response: ServerResponse, query: URLSearchParams): Promise<void> => {
    const message = await readCall(route.fields, parameters, request, query);
    const userName = presentedUser(request.headers.authorization);
    const answer = await route.handle(message, { userName, caller: callerOf(request.headers, userName) });
    await sendAnswer(response, answer);
  };

  /** False when the path is not of this surface. */
  const dispatch = async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    const pathname = (mark === -1 ? url : url.slice(0, mark)).replace(/^\/{2,}/, '/');
    const server = connection.current();
    if (server !== undefined && isMlflowPath(pathname)) {
      await passOn(server, request, response);
      return true;
    }
    const query = new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1));
    const method = request.method ?? 'GET';
    const path = core.exec(pathname)?.[1];
    const matched = path === undefined ? undefined : table.find(method, path);
    if (matched !== undefined) {
      await callRoute(matched, request, response, query);
      return true;
    }
    if (method === 'GET' && pathname === '/version') {
      sendText(response, 200, 'text/plain', mlflowVersion);
      return true;
    }
    if (method === 'GET' && /^\/(?:ajax-)?api\/3\.0\/mlflow\/server-info$/.test(pathname)) {
      sendText(response, 200, 'application/json', JSON.stringify(serverInfo));
      return true;
    }
    if (await artifacts(request, response, pathname, query)) {
      return true;
    }
    if (otherParts.test(pathname)) {
      throw notImplemented(`${method} ${pathname}`);
    }
    if (path !== undefined || /^\/(?:ajax-)?api\/2\.0\//.test(pathname)) {
      const known = path !== undefined && table.knows(path);
      throw known
        ? new ProtocolError(405, 'ENDPOINT_NOT_FOUND', `${method} is not allowed for ${pathname}.`)
        : new ProtocolError(404, 'ENDPOINT_NOT_FOUND', `There is no ${method} ${pathname}.`);
    }
    return false;
  };

  const router = Router();
  router.use((request, response, next) => {
    dispatch(request, response).then(
      (answered) => {
        if (!answered) {
          next();
        }
      },
      (error: unknown) => {
        const { status, body } = toFailure(error);
        if (status === 500) {
          context.log.error(`${request.method} ${request.path}`, error);
        }
        if (response.headersSent) {
          response.destroy();
          return;
        }
        sendText(response, status, 'application/json', JSON.stringify(body));
      },
    );
  });
  return router;
}
