import { readFileSync } from 'node:fs';
import { transferCredentials, type TransferCredentials } from '../contract/transfer.ts';
import { Problem } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';
import type { Secrets } from '../platform/secrets/secrets.ts';

/** Logins of shared servers. */
export interface Logins {
  of(url: string): TransferCredentials;
  /**
   * In memory, until the companion ends; an empty one forgets it, also where it was kept.
   * @throws Problem `invalid-input` for the companion's own token
   */
  set(url: string, login: TransferCredentials): void;
  /** Keeps what was set for companions to come, in place of what was kept before. */
  keep(url: string): void;
}

export interface LoginsOptions {
  readonly secrets: Secrets;
  /** The companion's own token: a connected terminal carries it in the variables of MLflow's clients, and it never goes elsewhere. */
  readonly tokenFile: string;
  readonly log: Log;
}

function present(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

/**
 * What was given at run time wins over what is kept. Nothing is taken from the companion's environment: it outlives the shell that it was started from.
 *
 * Who gives a login says whether it is kept: the command line does, since nobody is there to give it again; a window does not, it has VS Code's secret
 * storage and presents the login to each companion.
 */
export function createLogins({ secrets, tokenFile, log }: LoginsOptions): Logins {
  const given = new Map<string, TransferCredentials>();
  const isOwnToken = (secret: string | undefined): boolean => present(secret) && secret === readFileSync(tokenFile, 'utf8').trim();
  const nameOf = (url: string): string => `tracking-server ${url}`;

  const kept = (url: string): TransferCredentials | undefined => {
    try {
      const text = secrets.get(nameOf(url));
      return text === undefined ? undefined : transferCredentials.parse(JSON.parse(text));
    } catch (error) {
      // The server then says that it wants a login.
      log.warn(`the login of ${url} cannot be read: ${Problem.is(error) ? error.message : 'it is not what was written'}`);
      return undefined;
    }
  };

  return {
    of: (url) => given.get(url) ?? kept(url) ?? {},
    set(url, { username: name, password: secret, token: bearer }) {
      if (!present(name) && !present(bearer)) {
        given.delete(url);
        secrets.delete(nameOf(url));
        return;
      }
      if (isOwnToken(secret) || isOwnToken(bearer)) {
        throw new Problem('invalid-input', `That is the token of this companion, not a login of ${url}.`, { remedy: 'Set MLFLOW_TRACKING_TOKEN, or _USERNAME and _PASSWORD, to the login of the server.' });
      }
      given.set(url, { ...(present(name) ? { username: name, password: secret ?? '' } : {}), ...(present(bearer) ? { token: bearer } : {}) });
    },
    keep(url) {
      const login = given.get(url);
      if (login !== undefined) {
        secrets.set(nameOf(url), JSON.stringify(login));
      }
    },
  };
}
