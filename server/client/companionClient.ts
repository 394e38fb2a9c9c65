import { EventSourceParserStream } from 'eventsource-parser/stream';
import { api, type CallInput, type CallName, type CallOutput } from '../contract/api.ts';
import { callerHeader, writeCaller, type Caller, type Program } from '../contract/caller.ts';
import type { CompanionLock } from '../contract/companion.ts';
import { companionEvent, type CompanionEvent } from '../contract/events.ts';
import { describeMismatch } from '../contract/mismatch.ts';
import { apiPrefix } from '../contract/route.ts';
import { lookUp } from '../contract/unknown.ts';
import { CallFailure, failureOfAnswer } from './callFailure.ts';

/** Talks to one running companion. */
export interface CompanionClient {
  readonly lock: CompanionLock;
  /** `http://127.0.0.1:PORT` */
  readonly baseUrl: string;
  /**
   * Calls a route of the contract.
   * @throws CallFailure with the companion's reason, `unreachable` when it does not answer, `aborted` by the signal, `mismatch` when the
   * answer is of a version that this one does not understand
   */
  call<N extends CallName>(name: N, input: CallInput<N>, signal?: AbortSignal): Promise<CallOutput<N>>;
  /** Calls a route whose name and input are not known before they arrive; both are checked against the contract. */
  callByName(name: string, input: unknown, signal?: AbortSignal): Promise<unknown>;
  /**
   * The content of an artifact of a run, of any size.
   * @throws CallFailure as {@link call} does
   */
  readArtifact(runId: string, path: string, signal?: AbortSignal): Promise<Uint8Array>;
  /** The event stream until the companion ends or the signal aborts. `opened` runs when it is connected. */
  events(signal: AbortSignal, opened?: () => void): AsyncGenerator<CompanionEvent>;
}

function isCallName(name: string): name is CallName {
  return Object.hasOwn(api, name);
}

function fillPath(path: string, input: Readonly<Record<string, unknown>>): { path: string; rest: Record<string, unknown> } {
  const rest = { ...input };
  const filled = path.replace(/:(\w+)/g, (_whole, key: string) => {
    const value = rest[key];
    delete rest[key];
    return encodeURIComponent(asText(value));
  });
  return { path: filled, rest };
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function queryString(values: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, asText(value)]]));
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}

/** Undefined for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreachable(cause: unknown, signal: AbortSignal | undefined): CallFailure {
  return signal?.aborted === true
    ? new CallFailure('aborted', 'Cancelled.', { cause })
    : new CallFailure('unreachable', 'The companion does not answer.', { remedy: 'Run "Slipway: Start Companion" or "slipway serve".', cause });
}

/** What brings a client and its companion together again, by the program that the client is a part of. */
const updates: Readonly<Partial<Record<Program, string>>> = {
  editor: 'Run "Developer: Reload Window".',
  'command line': 'Update the slipway command, or run "slipway stop" and try again.',
};

/**
 * Makes a client for the companion that a lock file names.
 * @param caller who asks; the companion's own account unless given
 */
export function createCompanionClient(lock: CompanionLock, caller?: Caller): CompanionClient {
  const baseUrl = `http://127.0.0.1:${lock.port}`;
  const headers = { authorization: `Bearer ${lock.token}`, ...(caller === undefined ? {} : { [callerHeader]: writeCaller(caller) }) };

  const mismatch = (what: string, cause: unknown): CallFailure =>
    new CallFailure('mismatch', `The companion (version ${lock.version}) ${what}.`, {
      remedy: lookUp(updates, caller?.program ?? 'other') ?? 'Use the version of this program that belongs to the companion.',
      cause,
    });

  const callByName = async (name: string, input: unknown, signal?: AbortSignal): Promise<unknown> => {
    if (!isCallName(name)) {
      throw new CallFailure('invalid-input', `There is no call named ${name}.`);
    }
    const declaration = api[name];
    const { path, rest } = fillPath(declaration.path, typeof input === 'object' && input !== null ? { ...input } : {});
    const hasBody = declaration.method === 'POST' || declaration.method === 'PUT';
    let answer: Response;
    let text: string;
    try {
      answer = await fetch(`${baseUrl}${apiPrefix}${path}${hasBody ? '' : queryString(rest)}`, {
        method: declaration.method,
        headers: hasBody ? { ...headers, 'content-type': 'application/json' } : headers,
        body: hasBody ? JSON.stringify(rest) : null,
        signal: signal ?? null,
      });
      text = await answer.text();
    } catch (cause) {
      throw unreachable(cause, signal);
    }
    if (!answer.ok) {
      throw failureOfAnswer(answer.status, parseJson(text));
    }
    const read = declaration.output.safeParse(parseJson(text));
    if (!read.success) {
      throw mismatch(`answers ${name} in a form that this version does not know: ${describeMismatch(read.error)}`, read.error);
    }
    return read.data;
  };

  return {
    lock,
    baseUrl,
    callByName,
    call: async <N extends CallName>(name: N, input: CallInput<N>, signal?: AbortSignal) =>
      (await callByName(name, input, signal)) as CallOutput<N>,
    async readArtifact(runId, path, signal) {
      try {
        const answer = await fetch(`${baseUrl}/get-artifact${queryString({ run_id: runId, path })}`, { headers, signal: signal ?? null });
        if (answer.ok) {
          return new Uint8Array(await answer.arrayBuffer());
        }
        throw new CallFailure(answer.status === 404 ? 'not-found' : 'unavailable', `The artifact '${path}' of the run ${runId} could not be read.`);
      } catch (cause) {
        if (CallFailure.is(cause)) {
          throw cause;
        }
        throw unreachable(cause, signal);
      }
    },
    async *events(signal, opened) {
      const answer = await fetch(`${baseUrl}${apiPrefix}/events`, { headers, signal });
      if (!answer.ok || answer.body === null) {
        throw new CallFailure('unreachable', `The event stream answered ${answer.status}.`);
      }
      opened?.();
      const messages = answer.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
      for await (const message of messages) {
        const event = companionEvent.safeParse(JSON.parse(message.data));
        // A newer companion may publish topics that this client does not know.
        if (event.success) {
          yield event.data;
        }
      }
    },
  };
}
