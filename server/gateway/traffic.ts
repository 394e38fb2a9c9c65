import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Problem } from '../platform/errors.ts';
import { sendProblem } from './answer.ts';
import type { Counters } from './counters.ts';
import { Exchange } from './exchange.ts';
import type { InferenceLog } from './inferenceLog.ts';
import { isPredictionPath } from './inferenceRecord.ts';
import type { ReplicaConnections } from './replicaConnections.ts';
import { readRequestBody } from './requestBody.ts';
import type { RequestTotals } from './requestTotals.ts';
import type { RouteTable } from './routeTable.ts';
import type { Shadows } from './shadows.ts';

/** What requests to endpoints need. */
export interface GatewayParts {
  readonly table: RouteTable;
  readonly connections: ReplicaConnections;
  readonly counters: Counters;
  readonly totals: RequestTotals;
  readonly shadows: Shadows;
  readonly log: InferenceLog;
}

/** Where a request goes: `/endpoints/ENDPOINT`, then the path at the replica (with its slash, or empty) and the query (with its `?`, or empty). */
export interface EndpointTarget {
  readonly endpoint: string;
  readonly path: string;
  readonly query: string;
}

export interface Traffic {
  /** Passes a request on to a replica of the endpoint, or says that there is none. */
  forward(request: IncomingMessage, response: ServerResponse, target: EndpointTarget): Promise<void>;
  /** Epoch milliseconds of the newest request; `since` where there was none. */
  lastRequestAt(since: number): number;
}

/** Ids that callers give a request; others are replaced. */
const acceptableId = /^[\w.:/+=-]{1,128}$/;

export function createTraffic({ table, connections, counters, totals, shadows, log }: GatewayParts): Traffic {
  let last: number | undefined;
  return {
    async forward(request, response, { endpoint, path: asked, query }) {
      const at = Date.now();
      last = at;
      const startedAt = performance.now();
      const given = request.headers['x-request-id'];
      const id = typeof given === 'string' && acceptableId.test(given) ? given : randomUUID();
      if (table.endpoint(endpoint) === undefined) {
        request.resume();
        const known = Object.keys(table.current().endpoints);
        const remedy = known.length === 0 ? 'Deploy a model first.' : `Endpoints: ${known.join(', ')}.`;
        sendProblem(response, 404, new Problem('not-found', `There is no endpoint ${endpoint}.`, { remedy }), { 'x-request-id': id });
        return;
      }
      const path = pathOf(asked, request.method);
      if (path === undefined) {
        request.resume();
        response.writeHead(302, { location: `/endpoints/${endpoint}/docs`, 'x-request-id': id }).end();
        return;
      }
      const body = await readRequestBody(request).catch(() => undefined);
      if (body === undefined) {
        return;
      }
      const parts = { route: () => table.endpoint(endpoint), connections, counters, totals, shadows, log };
      const target = `${path}${query}`;
      const prediction = request.method === 'POST' && isPredictionPath(path);
      new Exchange(parts, { endpoint, target, path, id, at, startedAt, prediction, body }, request, response).begin();
    },
    lastRequestAt: (since) => last ?? since,
  };
}

/** The path at the replica. To the address of the endpoint itself clients post, and people come to read: for them it is undefined. */
function pathOf(asked: string, method = 'GET'): string | undefined {
  if (asked !== '' && asked !== '/') {
    return asked;
  }
  return method === 'GET' || method === 'HEAD' ? undefined : '/invocations';
}
