import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { responseHeaders } from '../platform/http/headers.ts';
import { resultOf, type Result } from './inferenceRecord.ts';
import type { ReplicaConnection } from './replicaConnections.ts';

/** Answers that announce at most so many bytes are held until complete: one packet for the client, and another attempt if it breaks off. */
const heldAnswerBytes = 64 * 1024;
/** Bytes of a streamed answer that are kept for the log. */
const capturedAnswerBytes = 1024 * 1024;
const none = Buffer.alloc(0);

/** The exchange that an attempt is made for. */
export interface AttemptOwner {
  readonly response: ServerResponse;
  /** Headers that every answer of an endpoint carries. */
  answerHeaders(): Record<string, string>;
  /** The replica's answer is complete; `end` sends what the client does not have of it. */
  attemptAnswered(attempt: Attempt, end: () => void): void;
  /** An attempt has ended without a complete answer. */
  attemptFailed(attempt: Attempt, error: Error): void;
}

/** One attempt at one replica. */
export class Attempt implements Dispatcher.DispatchHandler {
  readonly connection: ReplicaConnection;
  readonly #owner: AttemptOwner;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #aborted: Error | undefined;
  #headers: IncomingHttpHeaders = {};
  #capturedBytes = 0;
  #held = false;
  /** The connection stood and the request was about to be sent. */
  begun = false;
  status = 0;
  bytes = 0;

  constructor(owner: AttemptOwner, connection: ReplicaConnection) {
    this.#owner = owner;
    this.connection = connection;
  }

  /** The answer's body, or the beginning of it. */
  get captured(): Buffer {
    return this.#chunks.length === 1 ? (this.#chunks[0] ?? none) : Buffer.concat(this.#chunks);
  }

  get result(): Result {
    return resultOf(this.status, this.#headers);
  }

  abort(reason: Error): void {
    this.#aborted = reason;
    this.#controller?.abort(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.begun = true;
    if (this.#aborted !== undefined) {
      controller.abort(this.#aborted);
    }
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) {
      return;
    }
    this.status = status;
    this.#headers = headers;
    const length = headers['content-length'];
    this.#held = length !== undefined && Number(length) <= heldAnswerBytes;
    if (!this.#held) {
      this.#owner.response.writeHead(status, { ...responseHeaders(headers), ...this.#owner.answerHeaders() });
      this.#owner.response.flushHeaders();
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.#held || this.#capturedBytes + chunk.length <= capturedAnswerBytes) {
      this.#chunks.push(chunk);
      this.#capturedBytes += chunk.length;
    }
    const { response } = this.#owner;
    if (!this.#held && !response.write(chunk)) {
      controller.pause();
      response.once('drain', () => controller.resume());
    }
  }

  onResponseEnd(): void {
    const { response } = this.#owner;
    const body = this.#held ? this.captured : undefined;
    if (body !== undefined) {
      // Throws, and so fails the attempt, when a header cannot be passed on.
      response.writeHead(this.status, { ...responseHeaders(this.#headers), ...this.#owner.answerHeaders() });
    }
    this.#owner.attemptAnswered(this, () => response.end(body));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#owner.attemptFailed(this, error);
  }
}
