import type { IncomingMessage, ServerResponse } from 'node:http';
import { Problem, toProblem } from '../platform/errors.ts';
import { expose, type Family, type Sample } from '../platform/exposition.ts';
import type { DataHome } from '../platform/home.ts';
import { replicaKeyHeader } from '../platform/http/replicaKey.ts';
import { requireScrapeToken } from '../platform/http/scrapeToken.ts';
import { processMetrics } from '../platform/processMetrics.ts';
import { sendJson, sendProblem } from './answer.ts';
import type { InferenceLog } from './inferenceLog.ts';
import type { ReplicaConnections } from './replicaConnections.ts';
import type { RequestTotals } from './requestTotals.ts';
import type { ReplicaRoute } from './routeFile.ts';
import type { RouteTable } from './routeTable.ts';
import type { Shadows } from './shadows.ts';

export interface MetricsParts {
  readonly home: DataHome;
  readonly table: RouteTable;
  readonly connections: ReplicaConnections;
  readonly totals: RequestTotals;
  readonly shadows: Shadows;
  readonly log: InferenceLog;
  readonly version: string;
}

const mostReplicaBytes = 4 * 1024 * 1024;
const replicaMilliseconds = 8000;
const path = /^\/metrics(?:\/replicas(?:\/([^/?]+))?)?(?:\?.*)?$/;

/**
 * Answers `/metrics` (the gateway's own), `/metrics/replicas` (where Prometheus finds the model servers, by its HTTP service discovery) and
 * `/metrics/replicas/ID` (what one of them says, which a scraper without its key cannot ask). All want the scrape token.
 */
export function createMetricsRoutes(parts: MetricsParts): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    request.resume();
    try {
      requireScrapeToken(parts.home, request.headers.authorization);
    } catch (error) {
      sendProblem(response, 401, toProblem(error), { 'www-authenticate': 'Bearer' });
      return;
    }
    const match = path.exec(request.url ?? '');
    if (match === null || (request.method !== 'GET' && request.method !== 'HEAD')) {
      sendProblem(response, 404, new Problem('not-found', `There is no ${request.method ?? ''} ${(request.url ?? '').slice(0, 200)}.`, { remedy: 'Read /metrics, or /metrics/replicas.' }));
    } else if (match[1] !== undefined) {
      await passReplica(parts, match[1], response);
    } else if ((request.url ?? '').startsWith('/metrics/replicas')) {
      sendJson(response, 200, targetsOf(parts.table, request.headers.host ?? ''));
    } else {
      const { contentType, text } = expose([...familiesOf(parts), ...processMetrics()], request.headers.accept);
      send(response, contentType, Buffer.from(text));
    }
  };
}

function send(response: ServerResponse, contentType: string, body: Buffer): void {
  response.writeHead(200, { 'content-type': contentType, 'content-length': body.length, 'x-content-type-options': 'nosniff' });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

function familiesOf({ table, connections, totals, shadows, log, version }: MetricsParts): readonly Family[] {
  const { endpoints, generation } = table.current();
  const routed = Object.entries(endpoints).flatMap(([endpoint, { releases }]) => releases.map((release) => ({ endpoint, ...release })));
  const names = Object.keys(endpoints);
  const { requests, durations, failedAttempts } = totals.report();
  const { written } = log.status();
  return [
    { name: 'slipway_gateway_requests_total', kind: 'counter', help: 'Predictions that were asked for, by what became of them.', samples: requests },
    { name: 'slipway_gateway_request_duration_seconds', kind: 'histogram', help: 'Time of a prediction at the gateway, from its head to the end of the answer.', samples: durations },
    { name: 'slipway_gateway_failed_attempts_total', kind: 'counter', help: 'Attempts at a replica that failed, also where another one then answered.', samples: failedAttempts },
    {
      name: 'slipway_gateway_requests_in_flight',
      kind: 'gauge',
      help: 'Requests that are being answered by the replicas of a release.',
      samples: routed.map(({ endpoint, release, replicas }) => ({ labels: { endpoint, release }, value: [...new Set(replicas.map(({ address }) => address))].reduce((sum, address) => sum + connections.inFlight(address), 0) })),
    },
    { name: 'slipway_gateway_route_weight', kind: 'gauge', help: 'Share of the traffic that a release gets, relative to the others of its endpoint.', samples: routed.map(({ endpoint, release, version: number, weight }) => ({ labels: { endpoint, release, version: number }, value: weight })) },
    { name: 'slipway_gateway_shadow_copies_total', kind: 'counter', help: 'Copies of predictions for a shadow, by what became of them; begins anew with each shadow.', samples: copiesOf(shadows) },
    { name: 'slipway_gateway_log_records_total', kind: 'counter', help: 'Predictions that were written to the inference log.', samples: [{ value: written }] },
    { name: 'slipway_gateway_log_lost_records_total', kind: 'counter', help: 'Predictions that were answered and are not in the inference log, because the disk did not take them.', samples: names.map((endpoint) => ({ labels: { endpoint }, value: log.dropped(endpoint) })) },
    { name: 'slipway_gateway_route_generation', kind: 'gauge', help: 'Generation of the routes in force.', samples: [{ value: generation }] },
    { name: 'slipway_gateway_info', kind: 'gauge', help: 'The gateway that answers.', samples: [{ labels: { version }, value: 1 }] },
  ];
}

function copiesOf(shadows: Shadows): readonly Sample[] {
  return Object.entries(shadows.report()).flatMap(([endpoint, { release, copies, failed, refused, dropped }]) =>
    Object.entries({ success: copies - failed - refused, client_error: refused, server_error: failed, dropped }).map(([outcome, value]) => ({ labels: { endpoint, release, outcome }, value })),
  );
}

interface Target extends ReplicaRoute {
  readonly endpoint: string;
  readonly release: string;
}

/** Every replica once, at its first address. */
function replicasOf(table: RouteTable): readonly Target[] {
  const all = Object.entries(table.current().endpoints).flatMap(([endpoint, { releases }]) => releases.flatMap(({ release, replicas }) => replicas.map((replica) => ({ endpoint, release, ...replica }))));
  return [...new Map([...all].reverse().map((replica) => [replica.id, replica])).values()].reverse();
}

/** https://prometheus.io/docs/prometheus/latest/http_sd/ */
function targetsOf(table: RouteTable, host: string): object {
  return replicasOf(table).map(({ id, endpoint, release }) => ({ targets: [host], labels: { __metrics_path__: `/metrics/replicas/${encodeURIComponent(id)}`, instance: id, endpoint, release } }));
}

/** What a model server says is passed on as it is, up to a size: code of others runs there. */
async function passReplica({ table, connections }: MetricsParts, asked: string, response: ServerResponse): Promise<void> {
  const replica = replicasOf(table).find(({ id }) => encodeURIComponent(id) === asked);
  if (replica === undefined) {
    sendProblem(response, 404, new Problem('not-found', 'No route names this replica.', { field: 'id', remedy: 'Read /metrics/replicas.' }));
    return;
  }
  try {
    const answer = await connections.get(replica.address).pool.request({
      path: '/metrics',
      method: 'GET',
      headers: replica.key === undefined ? {} : { [replicaKeyHeader]: replica.key },
      signal: AbortSignal.timeout(replicaMilliseconds),
    });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > mostReplicaBytes) {
        throw new Problem('unavailable', 'The replica says more than 4 MiB.');
      }
      chunks.push(chunk);
    }
    if (answer.statusCode !== 200) {
      throw new Problem('unavailable', `The replica answered with status ${answer.statusCode}.`);
    }
    send(response, 'text/plain; version=0.0.4; charset=utf-8', Buffer.concat(chunks));
  } catch (error) {
    sendProblem(response, 502, new Problem('unavailable', `The replica has no metrics: ${error instanceof Error ? error.message : String(error)}`, { remedy: 'See the logs of the endpoint.' }));
  }
}
