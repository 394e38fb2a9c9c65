import type { TransferCredentials } from '../../contract/transfer.ts';

/** Takes a server's URL apart; userinfo in it is used and kept out of what is shown or stored. */
export function splitCredentials(location: string, credentials: TransferCredentials = {}): { url: string; credentials: TransferCredentials } {
  const url = new URL(location);
  const own = url.username === '' ? credentials : { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  url.username = '';
  url.password = '';
  url.hash = '';
  return { url: url.href.replace(/\/+$/, ''), credentials: own };
}

/** The header that presents a login; nothing without one. */
export function authorization({ username, password, token }: TransferCredentials): Record<string, string> {
  if (username !== undefined && username !== '') {
    return { authorization: `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}` };
  }
  return token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` };
}
