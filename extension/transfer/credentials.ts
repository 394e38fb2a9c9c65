import type { SecretStorage } from 'vscode';
import { transferCredentials, type TransferCredentials } from '../../server/contract/transfer.ts';
import { askText, chosen, pickOne } from '../vscode/prompts.ts';

/** Logins of MLflow servers, by their URL. They are kept in VS Code's secret storage and nowhere else. */
export interface Logins {
  find(url: string): Promise<TransferCredentials | undefined>;
  keep(url: string, login: TransferCredentials): Promise<void>;
  forget(url: string): Promise<void>;
}

const keyOf = (url: string): string => `slipway.login ${url}`;

export function createLogins(secrets: SecretStorage): Logins {
  return {
    async find(url) {
      const kept = await secrets.get(keyOf(url));
      const parsed = kept === undefined ? undefined : transferCredentials.safeParse(JSON.parse(kept));
      return parsed?.success === true ? parsed.data : undefined;
    },
    keep: async (url, login) => secrets.store(keyOf(url), JSON.stringify(login)),
    forget: async (url) => secrets.delete(keyOf(url)),
  };
}

/** A URL without the login in it, and the login. @throws TypeError for what is no URL */
export function splitLogin(location: string): { readonly url: string; readonly login: TransferCredentials | undefined } {
  const url = new URL(location);
  const login = url.username === '' ? undefined : { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  url.username = '';
  url.password = '';
  return { url: url.href.replace(/\/+$/, ''), login };
}

/** Asks for the login of a server. @param refused whether it has just refused another one */
export async function askLogin(title: string, url: string, refused: boolean): Promise<TransferCredentials | undefined> {
  const way = chosen(
    await pickOne<'password' | 'token'>({ title, placeholder: refused ? `${url} refuses that login` : `${url} wants a login` }, [
      { label: 'User name and password', icon: 'account', value: 'password' },
      { label: 'Token', detail: 'Sent as a bearer token, as MLFLOW_TRACKING_TOKEN is', icon: 'key', value: 'token' },
    ]),
  );
  if (way === 'token') {
    const token = chosen(await askText({ title, prompt: 'Token, kept in the secret storage of VS Code', secret: true, check: required }));
    return token === undefined ? undefined : { token };
  }
  const username = way === undefined ? undefined : chosen(await askText({ title, prompt: 'User name', check: required }));
  const password = username === undefined ? undefined : chosen(await askText({ title, prompt: `Password of ${username}, kept in the secret storage of VS Code`, secret: true }));
  return username === undefined || password === undefined ? undefined : { username, password };
}

function required(text: string): string | undefined {
  return text === '' ? 'Type something.' : undefined;
}
