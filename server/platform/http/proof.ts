import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Where a server proves that it knows a token before anybody sends it: `GET /health?nonce=...` answers with this header. */
export const proofHeader = 'x-slipway-proof';

/** A question that was never asked before, so that no earlier answer fits. */
export function newNonce(): string {
  return randomBytes(24).toString('base64url');
}

/**
 * The answer to a nonce: HMAC-SHA-256 (RFC 2104) with the token as its key, of the nonce and of who answers where; base64url. Undefined for
 * a nonce that is none of {@link newNonce}.
 */
export function prove(token: string, nonce: string, pid: number, port: number): string | undefined {
  return /^[\w-]{32}$/.test(nonce) ? createHmac('sha256', token).update(`slipway health\n${nonce}\n${pid}\n${port}`).digest('base64url') : undefined;
}

/** Whether an answer to a nonce proves that who answers on a port knows the token. */
export function isProof(proof: string | null, token: string, nonce: string, pid: number, port: number): boolean {
  const expected = Buffer.from(prove(token, nonce, pid, port) ?? '');
  const given = Buffer.from(proof ?? '');
  return expected.length > 0 && given.length === expected.length && timingSafeEqual(given, expected);
}
