import { readFileSync } from 'node:fs';
import type { TransferCredentials } from '../contract/transfer.ts';

/** Logins of shared servers, in memory alone. */
export interface Logins {
  of(url: string): TransferCredentials;
  /** An empty one forgets it. */
  set(url: string, login: TransferCredentials): void;
}

function present(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

/**
 * What was given at run time wins over `MLFLOW_TRACKING_USERNAME`, `_PASSWORD` and `_TOKEN` of the companion's environment. The latter belong to one
 * server: the one that `MLFLOW_TRACKING_URI` names, else the first that is asked for.
 * @param tokenFile the companion's own token: a connected terminal carries it in the same variables, and it never goes elsewhere
 */
export function createLogins(tokenFile: string, environment: NodeJS.ProcessEnv = process.env): Logins {
  const given = new Map<string, TransferCredentials>();
  const { MLFLOW_TRACKING_URI: uri, MLFLOW_TRACKING_USERNAME: username, MLFLOW_TRACKING_PASSWORD: password, MLFLOW_TRACKING_TOKEN: token } = environment;
  let owner = present(uri) ? uri.replace(/\/+$/, '') : undefined;
  const isOwnToken = (secret: string | undefined): boolean => present(secret) && secret === readFileSync(tokenFile, 'utf8').trim();

  const ofEnvironment = (url: string): TransferCredentials => {
    if (!present(username) && !present(token)) {
      return {};
    }
    owner ??= url;
    if (owner !== url || isOwnToken(password) || isOwnToken(token)) {
      return {};
    }
    return { ...(present(username) ? { username, password } : {}), ...(present(token) ? { token } : {}) };
  };

  return {
    of: (url) => given.get(url) ?? ofEnvironment(url),
    set(url, { username: name, password: secret, token: bearer }) {
      if (!present(name) && !present(bearer)) {
        given.delete(url);
        return;
      }
      given.set(url, { ...(present(name) ? { username: name, password: secret ?? '' } : {}), ...(present(bearer) ? { token: bearer } : {}) });
    },
  };
}
