import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { replicaKeyHeader } from './replicaKey.ts';

/** Headers that belong to one connection (RFC 9110, section 7.6.1) and those that are set anew for the next one. */
export const hopByHop: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

/** Set anew towards the replica; `expect` is answered by the gateway itself. */
const replacedInRequest = new Set(['host', 'content-length', 'expect', 'x-request-id', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-prefix', 'forwarded', replicaKeyHeader]);

function namedByConnection(connection: string | string[] | undefined): Set<string> | undefined {
  if (connection === undefined) {
    return undefined;
  }
  const names = String(connection)
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== 'keep-alive' && name !== 'close' && name !== '');
  return names.length === 0 ? undefined : new Set(names);
}

export interface ForwardedRequest {
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingHttpHeaders;
}

/**
 * The request's headers for the replica, as a flat list of names and values.
 * @param prefix path of the endpoint at the gateway, so that the replica's pages can link to themselves
 */
export function requestHeaders(request: ForwardedRequest, id: string, prefix: string): string[] {
  const named = namedByConnection(request.headers.connection);
  const forwarded: string[] = [];
  const raw = request.rawHeaders;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? '';
    const lower = name.toLowerCase();
    if (!hopByHop.has(lower) && !replacedInRequest.has(lower) && named?.has(lower) !== true) {
      forwarded.push(name, raw[index + 1] ?? '');
    }
  }
  forwarded.push('x-request-id', id, 'x-forwarded-for', '127.0.0.1', 'x-forwarded-proto', 'http', 'x-forwarded-prefix', prefix);
  if (request.headers.host !== undefined) {
    forwarded.push('x-forwarded-host', request.headers.host);
  }
  return forwarded;
}

/** What a replica tells the gateway alone. */
const keptFromClient = new Set(['x-slipway-scores']);

/** The replica's headers for the client. */
export function responseHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = namedByConnection(headers.connection);
  const forwarded: OutgoingHttpHeaders = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !hopByHop.has(name) && !keptFromClient.has(name) && named?.has(name) !== true) {
      forwarded[name] = value;
    }
  }
  return forwarded;
}
