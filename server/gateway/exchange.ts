import type { IncomingMessage, ServerResponse } from 'node:http';
import { Problem, systemErrorCode } from '../platform/errors.ts';
import { sendProblem } from './answer.ts';
import { Attempt, type AttemptOwner } from './attempt.ts';
import { choose, type Choice } from './choice.ts';
import type { Counters } from './counters.ts';
import { requestHeaders } from '../platform/http/headers.ts';
import { replicaKeyHeader } from '../platform/http/replicaKey.ts';
import type { InferenceLog } from './inferenceLog.ts';
import { clientGoneStatus, type Result } from './inferenceRecord.ts';
import type { ReplicaConnections } from './replicaConnections.ts';
import type { RequestTotals } from './requestTotals.ts';
import type { Shadows } from './shadows.ts';
import type { RequestBody } from './requestBody.ts';
import { namedRelease, releaseHeader, releasesToName } from './namedRelease.ts';
import type { EndpointRoute } from './routeFile.ts';
import { stickyKey } from './stickyKey.ts';

const mostAttempts = 3;
const none = Buffer.alloc(0);

/** What an exchange needs of the gateway. */
export interface ExchangeParts {
  /** The endpoint's route at the moment of asking; undefined once it is gone. */
  readonly route: () => EndpointRoute | undefined;
  readonly connections: ReplicaConnections;
  readonly counters: Counters;
  readonly totals: RequestTotals;
  readonly shadows: Shadows;
  readonly log: InferenceLog;
}

export interface ExchangeRequest {
  readonly endpoint: string;
  /** Path and query for the replica. */
  readonly target: string;
  /** Path alone. */
  readonly path: string;
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** `performance.now()`. */
  readonly startedAt: number;
  /** A prediction is logged and counted, and may be asked for again: it changes nothing at the replica. */
  readonly prediction: boolean;
  readonly body: RequestBody;
}

/**
 * One request's way through the gateway: up to {@link mostAttempts} attempts at replicas, and one answer. An attempt that broke before
 * the client saw a byte is followed by another when the replica cannot have begun (the connection was refused) or when asking twice does
 * no harm.
 */
export class Exchange implements AttemptOwner {
  readonly #parts: ExchangeParts;
  readonly #request: ExchangeRequest;
  readonly #incoming: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #failed = new Set<string>();
  /** What the request names as the release that is to answer. */
  readonly #wanted: string | undefined;
  #key: { readonly value: string | undefined } | undefined;
  #attempts = 0;
  #repeats = 0;
  #last: Choice | undefined;
  #finished = false;
  #current: Attempt | undefined;

  constructor(parts: ExchangeParts, request: ExchangeRequest, incoming: IncomingMessage, response: ServerResponse) {
    this.#parts = parts;
    this.#request = request;
    this.#incoming = incoming;
    this.#response = response;
    const wanted = incoming.headers[releaseHeader];
    this.#wanted = typeof wanted === 'string' ? wanted : undefined;
    response.once('close', () => this.#clientGone());
  }

  /** Asks a replica, or answers that there is none. */
  begin(): void {
    const route = this.#parts.route();
    if (this.#wanted !== undefined && route !== undefined && route.releases.length > 0 && namedRelease(route, this.#wanted) === undefined) {
      const message = `Endpoint ${this.#request.endpoint} has no running release ${this.#wanted.slice(0, 100)}.`;
      this.#refuse(404, message, `Name in ${releaseHeader} one of ${releasesToName(route)}, by v and its version or by at least 6 digits of its digest.`, { reason: 'not-found' });
      return;
    }
    const choice = this.#choose();
    if (choice === undefined) {
      this.#refuse(503, `Endpoint ${this.#request.endpoint} has no running replica.`, 'Wait until the rollout has finished, or start the endpoint.', { headers: { 'retry-after': '1' } });
      return;
    }
    this.#send(choice);
  }

  get response(): ServerResponse {
    return this.#response;
  }

  #choose(): Choice | undefined {
    const route = this.#parts.route();
    if (route === undefined) {
      return undefined;
    }
    const { connections } = this.#parts;
    const named = this.#wanted === undefined ? undefined : namedRelease(route, this.#wanted);
    if (this.#wanted !== undefined && named === undefined) {
      return undefined;
    }
    this.#key ??= { value: stickyKey(route.sticky, this.#incoming.headers, this.#request.body.whole) };
    return choose({
      endpoint: this.#request.endpoint,
      route,
      key: this.#key.value,
      named,
      failed: this.#failed,
      isUp: connections.isUp,
      inFlight: connections.inFlight,
    });
  }

  #send(choice: Choice): void {
    this.#attempts += 1;
    this.#last = choice;
    const { connections } = this.#parts;
    const connection = connections.get(choice.replica.address);
    connections.begin(connection);
    const attempt = new Attempt(this, connection);
    this.#current = attempt;
    const { body, target, id } = this.#request;
    const timeout = (this.#parts.route()?.timeoutSeconds ?? 60) * 1000;
    const headers = requestHeaders(this.#incoming, id, `/endpoints/${this.#request.endpoint}`);
    if (choice.replica.key !== undefined) {
      headers.push(replicaKeyHeader, choice.replica.key);
    }
    if (body.whole === undefined && body.announcedBytes !== undefined) {
      headers.push('content-length', String(body.announcedBytes));
    }
    connection.pool.dispatch(
      {
        path: target,
        method: this.#incoming.method ?? 'GET',
        headers,
        body: body.whole === undefined ? body.stream() : body.whole.length === 0 ? null : body.whole,
        headersTimeout: timeout,
        bodyTimeout: timeout,
      },
      attempt,
    );
  }

  attemptFailed(attempt: Attempt, error: Error): void {
    const { connections, counters, totals } = this.#parts;
    connections.end(attempt.connection);
    this.#current = undefined;
    if (this.#finished) {
      return;
    }
    const choice = this.#last;
    if (choice !== undefined && this.#request.prediction) {
      if (this.#wanted === undefined) {
        counters.attemptFailed(this.#request.endpoint, choice.release.release);
      }
      totals.attemptFailed(this.#request.endpoint, choice.release.release);
    }
    if (this.#response.headersSent) {
      this.#finish({ status: 502 }, attempt.captured, attempt.bytes, () => this.#response.destroy(error));
      return;
    }
    const code = systemErrorCode(error);
    if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') {
      this.#refuse(400, `The request cannot be forwarded: ${error.message}`, 'Send an ordinary HTTP/1.1 request.');
      return;
    }
    if (!attempt.begun) {
      connections.markRefused(attempt.connection);
    }
    const next = this.#mayRepeat(attempt, error) ? this.#chooseOther(attempt) : undefined;
    if (next !== undefined) {
      this.#send(next);
      return;
    }
    if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
      this.#refuse(504, `Endpoint ${this.#request.endpoint} did not answer in time.`, 'Send fewer rows at once, or deploy the model with a longer --timeout.');
    } else {
      this.#refuse(502, `The replica of endpoint ${this.#request.endpoint} broke off: ${error.message}`, 'Try again; see the logs of the endpoint when it goes on.', { headers: { 'retry-after': '1' } });
    }
  }

  #mayRepeat(attempt: Attempt, error: Error): boolean {
    if (this.#attempts >= mostAttempts) {
      return false;
    }
    if (!attempt.begun) {
      return this.#request.body.whole !== undefined;
    }
    const code = systemErrorCode(error);
    const brokenOff = code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
    const method = this.#incoming.method ?? 'GET';
    const harmless = this.#request.prediction || method === 'GET' || method === 'HEAD';
    if (!brokenOff || !harmless || this.#request.body.whole === undefined || this.#repeats > 0) {
      return false;
    }
    this.#repeats += 1;
    return true;
  }

  /** Another replica; the same one only when it had taken the connection and there is no other. */
  #chooseOther(attempt: Attempt): Choice | undefined {
    this.#failed.add(attempt.connection.address);
    const other = this.#choose();
    if (other !== undefined || !attempt.begun) {
      return other;
    }
    this.#failed.delete(attempt.connection.address);
    return this.#choose();
  }

  answerHeaders(): Record<string, string> {
    const release = this.#last?.release;
    return {
      'x-request-id': this.#request.id,
      ...(release === undefined ? {} : { 'x-slipway-release': release.release, 'x-slipway-version': String(release.version) }),
    };
  }

  attemptAnswered(attempt: Attempt, end: () => void): void {
    this.#parts.connections.end(attempt.connection);
    this.#current = undefined;
    this.#finish(attempt.result, attempt.captured, attempt.bytes, end);
  }

  #refuse(status: number, message: string, remedy: string, { headers = {}, reason = 'unavailable' }: { readonly headers?: Record<string, string>; readonly reason?: Problem['reason'] } = {}): void {
    this.#finish({ status }, none, 0, () => {
      sendProblem(this.#response, status, new Problem(reason, message, { remedy }), { ...headers, ...this.answerHeaders() });
    });
  }

  #clientGone(): void {
    if (!this.#finished) {
      this.#finish({ status: clientGoneStatus }, none, 0, () => undefined);
      this.#current?.abort(new Error('the client went away'));
    }
  }

  /** Counts and logs a prediction once, and then sends the end of the answer: a client that has its answer finds it in the log. */
  #finish(result: Result, responseHead: Buffer, responseBytes: number, end: () => void): void {
    if (this.#finished) {
      return;
    }
    this.#finished = true;
    if (!this.#request.prediction) {
      end();
      return;
    }
    const { endpoint, id, at, startedAt, path, body } = this.#request;
    const latencyUs = Math.round((performance.now() - startedAt) * 1000);
    const { head, bytes } = body.captured();
    const choice = this.#last;
    this.#parts.totals.answered(endpoint, choice?.release.release, result, latencyUs);
    // What names its release is no sample of the traffic that a release is judged by.
    if (choice !== undefined && this.#wanted === undefined) {
      this.#parts.counters.answered(endpoint, choice.release.release, result, latencyUs);
    }
    const outcome = {
      id,
      at,
      release: choice?.release.release ?? null,
      version: choice?.release.version ?? null,
      replica: choice?.replica.id ?? null,
      ...(this.#wanted === undefined ? {} : { named: true as const }),
      path,
      method: this.#incoming.method ?? 'GET',
      ...result,
      latencyUs,
      requestBytes: bytes,
      responseBytes,
      contentType: this.#incoming.headers['content-type'] ?? '',
      requestHead: head,
      responseHead,
    };
    this.#parts.log.append(endpoint, outcome, () => {
      end();
      this.#copy(result, latencyUs);
    });
  }

  /** Once the client has its answer, a copy may go to the shadow: of what the live release has answered, without naming it. */
  #copy({ status, modelError }: Result, latencyUs: number): void {
    const { id, endpoint, target, body: { whole } } = this.#request;
    const route = this.#parts.route();
    if (route?.shadow === undefined || whole === undefined || status >= 300 || modelError === true || this.#wanted !== undefined || this.#last?.release.release === route.shadow.release) {
      return;
    }
    this.#parts.shadows.offer(endpoint, route, () => ({ id, target, headers: requestHeaders(this.#incoming, id, `/endpoints/${endpoint}`), body: whole, latencyUs }));
  }
}
