import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { DataHome } from '../platform/home.ts';
import { replaceFile } from '../platform/home.ts';

/** The token of a data home: made once, so that kernels which were connected earlier stay connected. */
export function readOrCreateToken(home: DataHome): string {
  try {
    const token = readFileSync(home.tokenFile, 'utf8').trim();
    if (/^[\w-]{32,}$/.test(token)) {
      return token;
    }
  } catch {
    // No token yet.
  }
  return replaceToken(home);
}

/** Makes another token in the place of the one that there is. */
export function replaceToken(home: DataHome): string {
  const token = randomBytes(32).toString('base64url');
  replaceFile(home.tokenFile, `${token}\n`);
  return token;
}
