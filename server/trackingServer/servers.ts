import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { TrackingServer } from '../contract/trackingServer.ts';
import { Problem } from '../platform/errors.ts';
import { splitCredentials, authorization } from '../mlflow/client/serverCredentials.ts';
import { createMlflowClient, type MlflowClient } from '../mlflow/client/mlflowClient.ts';
import type { Patience } from '../mlflow/client/mlflowConnection.ts';
import { MlflowRefusal } from '../mlflow/client/mlflowRefusal.ts';
import { experimentPage } from '../mlflow/client/pages.ts';
import { notMlflow, oldestMlflow, tooOld, toServerProblem } from './serverProblems.ts';
import type { Logins } from './logins.ts';
import { placeOf, serverName, type ServerPlace } from './serverName.ts';

/** A shared MLflow server, with the login that is in force. */
export interface SharedServer {
  /** Names it, with its workspace (serverName.ts); messages and what is kept of it say this. */
  readonly url: string;
  /** What requests begin with, without a slash at its end. */
  readonly baseUrl: string;
  /** The workspace that requests name unless they name one themselves; undefined for the default one. */
  readonly workspace: string | undefined;
  readonly login: TrackingServer['login'];
  /** The header that presents the login. */
  readonly authorization: Readonly<Record<string, string>>;
  /** Makes the calls of `ask`; what was read of the server may be kept as long as this. */
  readonly client: MlflowClient;
  /**
   * MLflow's version, where the server says it; asked once.
   * @throws Problem that says why the server cannot be used
   */
  check(): Promise<string | undefined>;
  /** Does something there. @throws Problem for whatever the server refuses or fails at */
  ask<T>(work: (client: MlflowClient) => Promise<T>): Promise<T>;
}

export interface SharedServers {
  /** The server that the settings name; undefined where the companion keeps runs and models itself. */
  current(): SharedServer | undefined;
  /** Also one that the settings named before. @param name as `url` of a server says it */
  at(name: string): SharedServer;
  logIn(url: string, login: Parameters<Logins['set']>[1]): void;
  /** Keeps the login for companions to come. */
  keepLogin(url: string): void;
}

/** People wait for the answers. */
const patience: Patience = { attempts: 2, idleMilliseconds: 15_000, retriesSilence: false };
/** A login that was refused is not presented again at once: servers lock accounts that guess. Logging in anew does not wait. */
const refusedMilliseconds = 30_000;
const mostVersionText = 100;
const lockedPort = z.object({ port: z.number() });

export interface SharedServersOptions {
  readonly trackingUri: () => string;
  /** Empty for the default one. */
  readonly workspace: () => string;
  readonly logins: Logins;
  /** Says which port is the companion's own. */
  readonly lockFile: string;
}

export function createSharedServers({ trackingUri, workspace: namedWorkspace, logins, lockFile }: SharedServersOptions): SharedServers {
  const open = new Map<string, SharedServer>();

  const refuseItself = (baseUrl: string): void => {
    const { hostname, port } = new URL(baseUrl);
    if (/^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname) && Number(port) === lockedPort.parse(JSON.parse(readFileSync(lockFile, 'utf8'))).port) {
      throw new Problem('invalid-input', `${baseUrl} is this companion itself.`, { field: 'trackingUri', remedy: 'Empty the setting slipway.tracking.uri to track on this machine.' });
    }
  };

  const openServer = (place: ServerPlace): SharedServer => {
    const { baseUrl, workspace } = place;
    const url = serverName(place);
    const login = logins.of(baseUrl);
    const client = createMlflowClient(baseUrl, login, new AbortController().signal, patience, workspace);
    let checked: Promise<string | undefined> | undefined;
    let answered = false;
    const check = (): Promise<string | undefined> => {
      checked ??= checkServer(client).then(
        (version) => {
          answered = true;
          return version;
        },
        (error: unknown) => {
          const problem = toServerProblem(error, baseUrl);
          setTimeout(() => {
            checked = undefined;
          }, Problem.is(problem, 'forbidden') ? refusedMilliseconds : 0).unref();
          throw problem;
        },
      );
      return checked;
    };
    return {
      url,
      baseUrl,
      workspace,
      login: login.username !== undefined ? 'password' : login.token !== undefined ? 'token' : 'none',
      authorization: authorization(login),
      client,
      check: async () => {
        refuseItself(baseUrl);
        if (answered) {
          answered = false;
          checked = undefined;
        }
        return check();
      },
      async ask(work) {
        refuseItself(baseUrl);
        await check();
        try {
          return await work(client);
        } catch (error) {
          throw toServerProblem(error, baseUrl);
        }
      },
    };
  };
  const at = (name: string): SharedServer => {
    const { baseUrl, workspace } = placeOf(name);
    const place = { baseUrl: splitCredentials(baseUrl).url, workspace };
    const known = open.get(serverName(place));
    if (known !== undefined) {
      return known;
    }
    const opened = openServer(place);
    open.set(opened.url, opened);
    return opened;
  };
  return {
    current() {
      const uri = trackingUri();
      return uri === '' ? undefined : at(serverName({ baseUrl: uri, workspace: namedWorkspace() }));
    },
    at,
    logIn(location, login) {
      const { url } = splitCredentials(location);
      logins.set(url, login);
      for (const [name, { baseUrl }] of open) {
        if (baseUrl === url) {
          open.delete(name);
        }
      }
    },
    keepLogin: (location) => logins.keep(splitCredentials(location).url),
  };
}

/** What MLflow itself says of a login that it knows: another call, or one in another workspace, may be permitted. */
function lacksRight(error: unknown): boolean {
  return Problem.is(error, 'forbidden') && error.cause instanceof MlflowRefusal && error.cause.status === 403 && !error.cause.isForeign;
}

/** Asks for the version, which needs no login, and for an experiment, which does. */
async function checkServer(client: MlflowClient): Promise<string | undefined> {
  const version = await readVersion(client);
  if (version !== undefined && Number.parseInt(version, 10) < oldestMlflow) {
    throw tooOld(client.url, version);
  }
  try {
    await client.send('POST', '/experiments/search', { max_results: 1 }, experimentPage);
  } catch (error) {
    if (!lacksRight(error)) {
      throw error;
    }
  }
  return version;
}

/** Managed servers do not tell it. */
async function readVersion(client: MlflowClient): Promise<string | undefined> {
  let text = '';
  try {
    for await (const chunk of client.download('/version')) {
      text += Buffer.from(chunk).toString('utf8');
      if (text.length > mostVersionText) {
        throw notMlflow(client.url);
      }
    }
  } catch (error) {
    if (error instanceof MlflowRefusal && (error.status === 404 || error.status === 405)) {
      return undefined;
    }
    throw error;
  }
  if (!/^\d+\.\d+/.test(text)) {
    throw notMlflow(client.url);
  }
  return text.trim();
}
