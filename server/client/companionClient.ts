import { EventSourceParserStream } from 'eventsource-parser/stream';
import { routeNamed, type CallInput, type CallName, type CallOutput } from '../contract/api.ts';
import { callerHeader, writeCaller, type Caller, type Program } from '../contract/caller.ts';
import type { CompanionLock } from '../contract/companion.ts';
import { companionEvent, type CompanionEvent } from '../contract/events.ts';
import { describeMismatch } from '../contract/mismatch.ts';
import { apiPrefix } from '../contract/route.ts';
import { lookUp } from '../contract/unknown.ts';
import { requireOwnListener } from './socketOwner.ts';
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
  /**
   * Calls a route for another program of the same person, which reads the answer itself.
   * @returns the answer as it came: JSON in UTF-8
   * @throws CallFailure as {@link call} does, but for `mismatch`
   */
  passOn(name: CallName, input: unknown, program: Program, signal?: AbortSignal): Promise<ArrayBuffer>;
  /**
   * The content of an artifact of a run, of any size.
   * @throws CallFailure as {@link call} does
   */
  readArtifact(runId: string, path: string, signal?: AbortSignal): Promise<Uint8Array>;
  /** The event stream until the companion ends or the signal aborts. `opened` runs when it is connected. */
  events(signal: AbortSignal, opened?: () => void): AsyncGenerator<CompanionEvent>;
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
function parseJson(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
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
  const headersOf = (program: Program | undefined): Readonly<Record<string, string>> => ({
    authorization: `Bearer ${lock.token}`,
    ...(caller === undefined ? {} : { [callerHeader]: writeCaller({ ...caller, program: program ?? caller.program }) }),
  });
  const headers = headersOf(undefined);

  const mismatch = (what: string, cause: unknown): CallFailure =>
    new CallFailure('mismatch', `The companion (version ${lock.version}) ${what}.`, {
      remedy: lookUp(updates, caller?.program ?? 'other') ?? 'Use the version of this program that belongs to the companion.',
      cause,
    });

  /** @throws CallFailure with the companion's reason, or `unreachable`, `aborted` or of {@link requireOwnListener} */
  const ask = async (name: CallName, input: unknown, sent: Readonly<Record<string, string>>, signal: AbortSignal | undefined): Promise<ArrayBuffer> => {
    const { method, path: template } = routeNamed(name);
    const { path, rest } = fillPath(template, typeof input === 'object' && input !== null ? { ...input } : {});
    const hasBody = method === 'POST' || method === 'PUT';
    await requireOwnListener(lock.port);
    let answer: Response;
    let bytes: ArrayBuffer;
    try {
      answer = await fetch(`${baseUrl}${apiPrefix}${path}${hasBody ? '' : queryString(rest)}`, {
        method,
        headers: hasBody ? { ...sent, 'content-type': 'application/json' } : sent,
        body: hasBody ? JSON.stringify(rest) : null,
        signal: signal ?? null,
      });
      bytes = await answer.arrayBuffer();
    } catch (cause) {
      throw unreachable(cause, signal);
    }
    if (!answer.ok) {
      throw failureOfAnswer(answer.status, parseJson(bytes));
    }
    return bytes;
  };

  return {
    lock,
    baseUrl,
    async call<N extends CallName>(name: N, input: CallInput<N>, signal?: AbortSignal) {
      const read = routeNamed(name).output.safeParse(parseJson(await ask(name, input, headers, signal)));
      if (!read.success) {
        throw mismatch(`answers ${name} in a form that this version does not know: ${describeMismatch(read.error)}`, read.error);
      }
      return read.data as CallOutput<N>;
    },
    passOn: (name, input, program, signal) => ask(name, input, headersOf(program), signal),
    async readArtifact(runId, path, signal) {
      await requireOwnListener(lock.port);
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
      await requireOwnListener(lock.port);
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
