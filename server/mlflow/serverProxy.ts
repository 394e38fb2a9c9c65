import { Agent, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import { Agent as TlsAgent, request as httpsRequest } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { decodings } from '../platform/decodings.ts';
import { Problem, systemErrorCode } from '../platform/errors.ts';
import { hopByHop, responseHeaders } from '../platform/http/headers.ts';
import { presentedUser } from '../platform/http/guard.ts';
import type { Log } from '../platform/log.ts';
import { toFailure } from './failure.ts';
import { toServerProblem } from '../trackingServer/serverProblems.ts';
import { MlflowRefusal } from './client/mlflowRefusal.ts';
import { workspaceHeader } from './client/workspaces.ts';
import type { TrackingServerConnection } from '../trackingServer/trackingServer.ts';
import type { SharedTracking } from '../tracking/shared/sharedTracking.ts';
import type { SharedServer } from '../trackingServer/servers.ts';
import { serverName } from '../trackingServer/serverName.ts';

const mlflowPath = /^\/(?:(?:ajax-)?api\/[234]\.0\/(?:mlflow|mlflow-artifacts)\/|v1\/traces(?:\/|$)|version$|get-artifact$|model-versions\/get-artifact$)/;
/** The server's accounts are no business of a kernel, which has the user's login here. */
const accounts = /\/mlflow\/(?:users|roles)(?:\/|$)|\/permissions?(?:\/|$)/;
const silentMilliseconds = 120_000;
/**
 * Servers close a connection that was idle for a while: uvicorn after 5 seconds, as Node would let go of it, gunicorn after 2. A request that
 * crosses with that is lost, and from 3.18 on clients do not make one again that creates something.
 */
const idleMilliseconds = 1000;
const agents = { http: new Agent({ keepAlive: true, timeout: idleMilliseconds }), https: new TlsAgent({ keepAlive: true, timeout: idleMilliseconds }) };

/** The client's business with the companion, not with the server behind. */
const kept = new Set(['host', 'authorization', 'cookie', 'origin', 'referer', ...hopByHop]);

const createdRun = z.object({
  run: z.object({ info: z.object({ run_id: z.string(), experiment_id: z.string(), run_name: z.string().default(''), start_time: z.coerce.number().default(0) }) }),
});
const loggedModel = z.object({ model: z.object({ info: z.object({ model_id: z.string(), name: z.string().default(''), source_run_id: z.string().default('') }) }) });

function forwardedHeaders(request: IncomingMessage, server: SharedServer): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !kept.has(name)) {
      headers[name] = value;
    }
  }
  // What a client names itself, with MLFLOW_WORKSPACE or mlflow.set_workspace, goes before the setting.
  const workspace = server.workspace === undefined ? {} : { [workspaceHeader]: server.workspace };
  return { ...workspace, ...headers, ...server.authorization };
}

/** True for a path of MLflow's protocol that kernels may call on a server. */
export function isMlflowPath(pathname: string): boolean {
  return mlflowPath.test(pathname) && !accounts.test(pathname);
}

/**
 * The path as the server gets it.
 * @throws Problem `invalid-input` for one that means another place once it is normalized, however its dots are written
 */
function targetPath(url: string): string {
  const [pathname = '', ...query] = url.split('?');
  for (const read of decodings(pathname, Infinity)) {
    if (read.split(/[/\\]/).some((segment) => segment === '.' || segment === '..')) {
      throw new Problem('invalid-input', 'The path has a segment "." or "..".', { field: 'path', remedy: 'Name the place itself.' });
    }
  }
  return [pathname.replace(/^\/{2,}/, '/'), ...query].join('?');
}

/**
 * Passes MLflow's protocol on to a shared server with the companion's login, bodies streamed both ways: kernels need no login of that server, and
 * the runs that they make are linked to their cells.
 */
export function createServerProxy(connection: Pick<TrackingServerConnection, 'passed' | 'at'>, shared: Pick<SharedTracking, 'runPassed' | 'modelPassed'>, log: Log): (server: SharedServer, request: IncomingMessage, response: ServerResponse) => Promise<void> {
  /** The server as whoever asks sees it: in the workspace that the request names. */
  const asNamed = (server: SharedServer, named: string | readonly string[] | undefined): SharedServer =>
    typeof named !== 'string' || named === '' ? server : connection.at(serverName({ baseUrl: server.baseUrl, workspace: named }));

  const read = (server: SharedServer, pathname: string, text: string, userName: string | undefined): void => {
    try {
      const value: unknown = JSON.parse(text);
      if (pathname.endsWith('/mlflow/runs/create')) {
        const { run_id: runId, experiment_id: experimentId, run_name: name, start_time: startedAt } = createdRun.parse(value).run.info;
        shared.runPassed(server, { runId, experimentId, name, startedAt, userName });
      } else {
        const { model_id: modelId, name, source_run_id: runId } = loggedModel.parse(value).model.info;
        shared.modelPassed({ modelId, name, runId });
      }
    } catch (error) {
      // The client's request has succeeded whatever is made of it here.
      log.error(`what ${pathname} answered`, error);
    }
  };

  const forward = async (server: SharedServer, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = targetPath(request.url ?? '/');
    const pathname = path.split('?')[0] ?? '';
    const secure = server.baseUrl.startsWith('https:');
    const options = { method: request.method, headers: forwardedHeaders(request, server), agent: secure ? agents.https : agents.http };
    const upstream = (secure ? httpsRequest : httpRequest)(`${server.baseUrl}${path}`, options);
    upstream.setTimeout(silentMilliseconds, () => upstream.destroy(new Error(`${server.baseUrl} did not answer for two minutes`)));
    response.once('close', () => upstream.destroy());
    const answered = new Promise<IncomingMessage>((resolve, reject) => upstream.once('response', resolve).once('error', reject));
    // A server that refuses may close before it has read everything; its answer says why.
    pipeline(request, upstream).catch(() => undefined);
    const answer = await answered;
    const status = answer.statusCode ?? 502;
    if (status === 401) {
      throw toServerProblem(new MlflowRefusal(status, '', path, ''), server.baseUrl);
    }
    const isNotice = request.method === 'POST' && status === 200 && /\/mlflow\/(?:runs\/create|logged-models)$/.test(pathname);
    if (isNotice) {
      const body = await buffer(answer);
      read(asNamed(server, request.headers[workspaceHeader]), pathname, body.toString('utf8'), presentedUser(request.headers.authorization));
      response.writeHead(status, { ...responseHeaders(answer.headers), 'content-length': body.byteLength }).end(body);
    } else {
      response.writeHead(status, responseHeaders(answer.headers));
      await pipeline(answer, response);
    }
    if (request.method !== 'GET' && status < 300 && !/\/(?:search|mlflow-artifacts)/.test(pathname)) {
      connection.passed();
    }
  };

  return async (server, request, response) => {
    try {
      await server.check();
      await forward(server, request, response);
    } catch (error) {
      if (response.headersSent || response.destroyed) {
        response.destroy();
        return;
      }
      request.resume();
      const unreachable = !Problem.is(error) && systemErrorCode(error) !== undefined;
      const problem = unreachable ? new Problem('unavailable', `${server.baseUrl} does not answer: ${systemErrorCode(error) ?? ''}.`) : error;
      const { status, body } = toFailure(problem);
      if (status === 500) {
        log.error(`${request.method ?? ''} ${request.url ?? ''}`, error);
      }
      // A server that is away for a moment: MLflow's clients try 503 again, as they would without the companion in between.
      const text = JSON.stringify(body);
      response
        .writeHead(Problem.is(problem, 'unavailable') ? 503 : status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) })
        .end(text);
    }
  };
}
