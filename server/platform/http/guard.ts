import { timingSafeEqual } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { Problem } from '../errors.ts';

/** Names by which a loopback server may be addressed; anything else is a rebound DNS name. */
const loopbackHosts = new Set(['127.0.0.1', 'localhost', '[::1]']);

function isLoopback(authority: string): boolean {
  return loopbackHosts.has(authority.replace(/:\d+$/, '').toLowerCase());
}

/** Why a request is not from a program of this machine: a Host that is not loopback (DNS rebinding), or an Origin that is not the server's own. */
export function foreignRequest(host: string | undefined, origin: string | undefined): 'host' | 'origin' | undefined {
  if (host === undefined || !isLoopback(host)) {
    return 'host';
  }
  return origin !== undefined && origin !== `http://${host}` ? 'origin' : undefined;
}

/** Refuses a Host that is not loopback (DNS rebinding) and an Origin that is not the server's own (cross-site requests). */
export function checkHostAndOrigin(request: Request, response: Response, next: NextFunction): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('X-Frame-Options', 'DENY');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  const foreign = foreignRequest(request.headers.host, request.headers.origin);
  if (foreign === 'host') {
    next(new Problem('forbidden', 'The Host header does not name this machine.', { remedy: 'Address the companion as 127.0.0.1 or localhost.' }));
    return;
  }
  if (foreign === 'origin') {
    next(new Problem('forbidden', 'Requests from other origins are refused.', { remedy: 'Use the Slipway extension, the slipway command or an MLflow client.' }));
    return;
  }
  next();
}

function presentedToken(authorization: string | undefined): string | undefined {
  const [scheme, credentials] = authorization?.split(' ', 2) ?? [];
  if (credentials === undefined) {
    return undefined;
  }
  switch (scheme?.toLowerCase()) {
    case 'bearer':
      return credentials;
    case 'basic': {
      const pair = Buffer.from(credentials, 'base64').toString('utf8');
      return pair.slice(pair.indexOf(':') + 1);
    }
    default:
      return undefined;
  }
}

/** The user name of a Basic login: kernels that Slipway connected carry the captured run there. */
export function presentedUser(authorization: string | undefined): string | undefined {
  const [scheme, credentials] = authorization?.split(' ', 2) ?? [];
  if (scheme?.toLowerCase() !== 'basic' || credentials === undefined) {
    return undefined;
  }
  const pair = Buffer.from(credentials, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon > 0 ? pair.slice(0, colon) : undefined;
}

/** Wants the token as `Authorization: Bearer TOKEN`, or as the password of Basic (any user name), as MLflow clients can send it. */
export function requireToken(token: string): (request: Request, response: Response, next: NextFunction) => void {
  const expected = Buffer.from(token);
  return (request, _response, next) => {
    const presented = Buffer.from(presentedToken(request.headers.authorization) ?? '');
    if (presented.length === expected.length && timingSafeEqual(presented, expected)) {
      next();
      return;
    }
    next(
      new Problem('unauthenticated', presented.length === 0 ? 'A token is needed.' : 'The token is wrong.', {
        remedy: 'Run "slipway status --env" to see the tracking URI with its token.',
      }),
    );
  };
}
