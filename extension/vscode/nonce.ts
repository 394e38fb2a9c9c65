import { randomBytes } from 'node:crypto';

/** A value that a content security policy and the script that it admits share. */
export function createNonce(): string {
  return randomBytes(24).toString('base64url');
}
