import { request as httpRequest, Agent, type IncomingMessage } from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { TransferCredentials } from '../../contract/transfer.ts';
import { Problem, systemErrorCode } from '../../platform/errors.ts';
import { MlflowRefusal, readRefusal } from './mlflowRefusal.ts';
import { authorization, splitCredentials } from './serverCredentials.ts';
import { workspaceHeader } from './workspaces.ts';

/** A connection on which nothing came for too long. */
class Silence extends Error {
  override readonly name = 'Silence';
}

/** What people call the failures of a network; the rest goes by its code. */
const silences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (ECONNREFUSED)',
  ECONNRESET: 'the connection was cut (ECONNRESET)',
  ENOTFOUND: 'there is no host of that name (ENOTFOUND)',
  EAI_AGAIN: 'the name of the host cannot be looked up (EAI_AGAIN)',
  EHOSTUNREACH: 'there is no way to the host (EHOSTUNREACH)',
  ENETUNREACH: 'there is no way to its network (ENETUNREACH)',
  ETIMEDOUT: 'the connection was not made in time (ETIMEDOUT)',
  EPROTO: 'it does not speak TLS (EPROTO)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT)',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is self-signed (SELF_SIGNED_CERT_IN_CHAIN)',
  CERT_HAS_EXPIRED: 'its certificate has expired (CERT_HAS_EXPIRED)',
};

function describeSilence(failure: unknown): string {
  const code = systemErrorCode(failure);
  return code === undefined ? (failure instanceof Error ? failure.message : String(failure)) : (silences[code] ?? code);
}

export interface Patience {
  /** How often a call is made before its failure counts. */
  readonly attempts: number;
  /** Milliseconds that a connection may be silent. */
  readonly idleMilliseconds: number;
  /** Whether a call that met silence is made again. */
  readonly retriesSilence: boolean;
}

const retried = new Set([408, 429, 500, 502, 503, 504]);
/** Enough to outlast a restart. */
const longPatience: Patience = { attempts: 6, idleMilliseconds: 120_000, retriesSilence: true };

type Headers = Readonly<Record<string, string | number>>;

/** Requests to one server, whatever they mean. */
export interface MlflowConnection {
  /** Without credentials. */
  readonly url: string;
  /** One request, once; resolves with whatever is answered. */
  exchange(method: string, path: string, headers: Headers, body: string | AsyncIterable<Uint8Array> | undefined): Promise<IncomingMessage>;
  /**
   * A request that is made again while the server is busy or restarts.
   * @throws MlflowRefusal for a refusal, Problem `forbidden` for one of the login, Problem `unavailable` where nothing answers
   */
  ask(method: string, path: string, headers: Headers, body?: string): Promise<IncomingMessage>;
  close(): void;
}

export interface ConnectionOptions {
  readonly location: string;
  readonly credentials: TransferCredentials | undefined;
  readonly signal: AbortSignal;
  readonly patience: Partial<Patience>;
  /** Of the server, where it has several; the default one unless given. */
  readonly workspace: string | undefined;
}

export function createMlflowConnection({ location, credentials: given, signal, patience, workspace }: ConnectionOptions): MlflowConnection {
  const { attempts, idleMilliseconds, retriesSilence } = { ...longPatience, ...patience };
  const { url, credentials } = splitCredentials(location, given);
  const secure = url.startsWith('https:');
  const agent = secure ? new TlsAgent({ keepAlive: true, maxSockets: 8 }) : new Agent({ keepAlive: true, maxSockets: 8 });
  const own = { ...authorization(credentials), ...(workspace === undefined ? {} : { [workspaceHeader]: workspace }) };

  const exchange = async (
    method: string,
    path: string,
    headers: Headers,
    body: string | AsyncIterable<Uint8Array> | undefined,
  ): Promise<IncomingMessage> => {
    const request = (secure ? httpsRequest : httpRequest)(`${url}${path}`, { method, agent, headers: { ...own, ...headers }, signal });
    request.setTimeout(idleMilliseconds, () => request.destroy(new Silence(`no answer for ${idleMilliseconds / 1000} seconds`)));
    const answered = new Promise<IncomingMessage>((resolve, reject) => request.once('response', resolve).once('error', reject));
    let hasAnswered = false;
    // Whoever waits below hears of a failure.
    answered.then(
      () => {
        hasAnswered = true;
      },
      () => undefined,
    );
    if (body === undefined || typeof body === 'string') {
      request.end(body);
    } else {
      // A server that refuses closes before it has read everything; its answer says why.
      await pipeline(body, request).catch(async (error: unknown) => {
        await Promise.race([answered, wait(1000)]).catch(() => undefined);
        if (!hasAnswered) {
          throw error;
        }
      });
    }
    return answered;
  };

  const ask = async (method: string, path: string, headers: Headers, body?: string): Promise<IncomingMessage> => {
    for (let attempt = 1; ; attempt += 1) {
      let failure: unknown;
      try {
        const answer = await exchange(method, path, headers, body);
        if (answer.statusCode !== undefined && answer.statusCode >= 200 && answer.statusCode < 300) {
          return answer;
        }
        failure = await readRefusal(answer, `${method} ${path.split('?')[0] ?? ''}`);
        if (answer.statusCode === 401 || answer.statusCode === 403) {
          throw new Problem('forbidden', `${url} refuses the login.`, {
            remedy: 'Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.',
            cause: failure,
          });
        }
        if (!retried.has(answer.statusCode ?? 0)) {
          throw failure;
        }
      } catch (error) {
        signal.throwIfAborted();
        if (Problem.is(error) || (error instanceof MlflowRefusal && !retried.has(error.status))) {
          throw error;
        }
        failure = error;
      }
      if (attempt === attempts || (failure instanceof Silence && !retriesSilence)) {
        throw failure instanceof MlflowRefusal
          ? failure
          : new Problem('unavailable', `${url} does not answer: ${describeSilence(failure)}.`, { remedy: 'Check the URL and that the server runs.', cause: failure });
      }
      await wait(250 * 2 ** attempt, undefined, { signal });
    }
  };

  return { url, exchange, ask, close: () => agent.destroy() };
}
