import { Problem } from '../../../platform/errors.ts';
import { pythonText } from '../../../platform/names.ts';

function invalidToken(message: string): Problem {
  return new Problem('invalid-input', message, { field: 'page_token' });
}

/** The JSON that a page token carries. @throws Problem for text that is not one */
export function decodeToken(token: string): Record<string, unknown> {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(token) || token.length % 4 !== 0) {
    throw invalidToken('Invalid page token, could not base64-decode');
  }
  const decoded = Buffer.from(token, 'base64').toString('utf8');
  try {
    const value: unknown = JSON.parse(decoded);
    if (typeof value === 'object' && value !== null) {
      return { ...value };
    }
  } catch {
    // Refused below.
  }
  throw invalidToken(`Invalid page token, decoded value=b${pythonText(decoded)}`);
}

export function encodeToken(content: Readonly<Record<string, unknown>>): string {
  return Buffer.from(JSON.stringify(content)).toString('base64');
}

/** The place in a list where a page begins; 0 without a token. */
export function readOffset(token: string | undefined): number {
  if (token === undefined || token === '') {
    return 0;
  }
  const content = decodeToken(token);
  const { offset } = content;
  if (typeof offset !== 'number' || !Number.isSafeInteger(offset) || offset <= 0) {
    throw invalidToken(`Invalid page token, parsed value=${JSON.stringify(content)}`);
  }
  return offset;
}
