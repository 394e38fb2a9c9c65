import { Problem } from './errors.ts';

/** Control characters, and those that turn the direction of what follows: neither is seen, and both change what is shown around them. */
export const unseen = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** Whether text holds no character that is not seen but acts where the text is shown: in a terminal, a notebook cell, a log. */
export function isPlain(text: string): boolean {
  return !unseen.test(text);
}

/**
 * Checks a name where it comes in.
 * @param parameter the field of the input that is named in the error
 * @throws Problem `invalid-input` for a name with control characters
 */
export function checkPlainName(name: string, parameter: string): void {
  if (!isPlain(name)) {
    throw new Problem('invalid-input', `Invalid ${parameter} ${JSON.stringify(name)}: names cannot contain line breaks or other control characters.`, {
      field: parameter,
      remedy: 'Leave them out; a description may have several lines.',
    });
  }
}
