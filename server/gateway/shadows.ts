import type { Dispatcher } from 'undici';
import { choose } from './choice.ts';
import { faultOf, resultOf } from './inferenceRecord.ts';
import { LatencySketch } from './latencySketch.ts';
import { replicaKeyHeader } from '../platform/http/replicaKey.ts';
import type { ReplicaConnections } from './replicaConnections.ts';
import type { EndpointRoute, RouteFile } from './routeFile.ts';
import type { ShadowAnswer, ShadowStatistics } from './shadowReport.ts';

/** Copies of an endpoint that are under way at a time; more of them wait. */
const mostInFlight = 16;
/** Copies that wait; what comes above is dropped. */
const mostWaiting = 64;
const mostWaitingBytes = 8 * 1024 * 1024;
/** Answers that are kept to be compared, of the latest copies; an answer that is larger is counted alone. */
const mostAnswers = 1000;
const mostAnswerBytes = 64 * 1024;
const mostKeptBytes = 4 * 1024 * 1024;
const mostFailureCharacters = 500;

/** Told to the replica, so that a function of the model can leave side effects out. */
const shadowHeader = 'x-slipway-shadow';
/** What proves who a caller is stays with the request itself. */
const credentials = new Set(['authorization', 'cookie']);

/** A request that the live release has answered. */
export interface CopiedRequest {
  readonly id: string;
  /** Path and query at the replica. */
  readonly target: string;
  /** Names and values, one after the other. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** Of the request itself, at the gateway. */
  readonly latencyUs: number;
}

interface Shadow {
  readonly release: string;
  readonly since: number;
  readonly latency: LatencySketch;
  readonly liveLatency: LatencySketch;
  readonly waiting: CopiedRequest[];
  readonly answers: ShadowAnswer[];
  waitingBytes: number;
  keptBytes: number;
  inFlight: number;
  copies: number;
  failed: number;
  refused: number;
  dropped: number;
  failure: string | undefined;
}

/** Copies of requests to releases that answer nobody: after the request itself was answered, bounded, and never waited for. */
export interface Shadows {
  /** Begins with the shadows that the routes name anew, and forgets those that they do not name any more. */
  follow(file: RouteFile): void;
  /** Sends a copy, or lets one be, by the percent of the route; calls `copy` only when it does. */
  offer(endpoint: string, route: EndpointRoute, copy: () => CopiedRequest): void;
  report(): Record<string, ShadowStatistics>;
  /** What a shadow answered to its latest copies, the earliest first. */
  answers(endpoint: string): readonly ShadowAnswer[];
}

export interface ShadowParts {
  /** The endpoint's route at the moment of asking. */
  readonly routeOf: (endpoint: string) => EndpointRoute | undefined;
  readonly connections: ReplicaConnections;
}

export function createShadows({ routeOf, connections }: ShadowParts): Shadows {
  let shadows = new Map<string, Shadow>();

  const begin = (release: string): Shadow => ({
    release,
    since: Date.now(),
    latency: new LatencySketch(),
    liveLatency: new LatencySketch(),
    waiting: [],
    answers: [],
    waitingBytes: 0,
    keptBytes: 0,
    inFlight: 0,
    copies: 0,
    failed: 0,
    refused: 0,
    dropped: 0,
    failure: undefined,
  });

  const pump = (endpoint: string, shadow: Shadow): void => {
    while (shadows.get(endpoint) === shadow && shadow.inFlight < mostInFlight) {
      const next = shadow.waiting.shift();
      if (next === undefined) {
        return;
      }
      shadow.waitingBytes -= next.body.length;
      shadow.inFlight += 1;
      void send(endpoint, shadow, next).finally(() => {
        shadow.inFlight -= 1;
        pump(endpoint, shadow);
      });
    }
  };

  const send = async (endpoint: string, shadow: Shadow, copy: CopiedRequest): Promise<void> => {
    const route = routeOf(endpoint);
    const named = route?.releases.find(({ release }) => release === shadow.release);
    const choice = route === undefined || named === undefined ? undefined : choose({ endpoint, route, named, key: undefined, failed: new Set(), isUp: connections.isUp, inFlight: connections.inFlight });
    if (route === undefined || choice === undefined) {
      ended(shadow, 'It has no running replica.');
      return;
    }
    const connection = connections.get(choice.replica.address);
    connections.begin(connection);
    const startedAt = performance.now();
    try {
      const timeout = route.timeoutSeconds * 1000;
      const key = choice.replica.key === undefined ? [] : [replicaKeyHeader, choice.replica.key];
      const answer = await connection.pool.request({
        path: copy.target,
        method: 'POST',
        headers: [...withoutCredentials(copy.headers), shadowHeader, '1', ...key],
        body: copy.body,
        headersTimeout: timeout,
        bodyTimeout: timeout,
      });
      const text = await boundedText(answer.body);
      shadow.latency.add((performance.now() - startedAt) * 1000);
      shadow.liveLatency.add(copy.latencyUs);
      const fault = faultOf(resultOf(answer.statusCode, answer.headers));
      if (fault === 'client') {
        shadow.refused += 1;
      }
      ended(shadow, fault === undefined ? undefined : `${answer.statusCode}: ${text ?? 'a long answer'}`, fault === 'server');
      if (fault === undefined && text !== undefined) {
        keep(shadow, { id: copy.id, response: text });
      }
    } catch (error) {
      ended(shadow, error instanceof Error ? error.message : String(error));
    } finally {
      connections.end(connection);
    }
  };

  return {
    follow({ endpoints }) {
      shadows = new Map(
        Object.entries(endpoints).flatMap(([name, { shadow }]) => {
          const before = shadows.get(name);
          return shadow === undefined ? [] : [[name, before?.release === shadow.release ? before : begin(shadow.release)] as const];
        }),
      );
    },
    offer(endpoint, { shadow: wanted }, copy) {
      const shadow = shadows.get(endpoint);
      if (shadow === undefined || wanted === undefined || Math.random() * 100 >= wanted.percent) {
        return;
      }
      if (shadow.waiting.length >= mostWaiting || shadow.waitingBytes >= mostWaitingBytes) {
        shadow.dropped += 1;
        return;
      }
      const taken = copy();
      shadow.waiting.push(taken);
      shadow.waitingBytes += taken.body.length;
      setImmediate(() => pump(endpoint, shadow));
    },
    report: () =>
      Object.fromEntries(
        [...shadows].map(([endpoint, { release, since, copies, failed, refused, dropped, failure, latency, liveLatency }]) => [
          endpoint,
          { release, since, copies, failed, refused, dropped, ...(failure === undefined ? {} : { failure }), latency: latency.store(), liveLatency: liveLatency.store() },
        ]),
      ),
    answers: (endpoint) => shadows.get(endpoint)?.answers ?? [],
  };
}

/** @param failure what became of it; undefined for one that was answered */
function ended(shadow: Shadow, failure: string | undefined, failed = failure !== undefined): void {
  shadow.copies += 1;
  shadow.failed += failed ? 1 : 0;
  shadow.failure ??= failure?.slice(0, mostFailureCharacters);
}

function keep(shadow: Shadow, answer: ShadowAnswer): void {
  shadow.answers.push(answer);
  shadow.keptBytes += answer.response.length;
  while (shadow.answers.length > mostAnswers || shadow.keptBytes > mostKeptBytes) {
    shadow.keptBytes -= shadow.answers.shift()?.response.length ?? 0;
  }
}

function withoutCredentials(headers: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const [name = '', value = ''] = [headers[index], headers[index + 1]];
    if (!credentials.has(name.toLowerCase())) {
      kept.push(name, value);
    }
  }
  return kept;
}

/** An answer read to its end; undefined where it is too large to be kept. */
async function boundedText(body: Dispatcher.ResponseData['body']): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= mostAnswerBytes) {
      chunks.push(chunk);
    }
  }
  return size > mostAnswerBytes ? undefined : Buffer.concat(chunks).toString('utf8');
}
