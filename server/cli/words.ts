import { InvalidArgumentError } from 'commander';

/** A whole number from 1 on. */
export function count(text: string): number {
  return numberIn(text, (value) => Number.isInteger(value) && value >= 1, 'a whole number from 1 on');
}

export function positive(text: string): number {
  return numberIn(text, (value) => value > 0, 'a number above 0');
}

/** From 0 to 1. */
export function share(text: string): number {
  return numberIn(text, (value) => value >= 0 && value <= 1, 'a number from 0 to 1');
}

export function port(text: string): number {
  return numberIn(text, (value) => Number.isInteger(value) && value >= 0 && value <= 65535, 'a port from 0 to 65535');
}

export function notNegative(text: string): number {
  return numberIn(text, (value) => value >= 0, 'a number from 0 on');
}

/** A number above 0; null for `off`. */
export function positiveOrOff(text: string): number | null {
  return text === 'off' ? null : numberIn(text, (value) => value > 0, 'a number above 0, or off');
}

/** From 0 to 1; null for `off`. */
export function shareOrOff(text: string): number | null {
  return text === 'off' ? null : numberIn(text, (value) => value >= 0 && value <= 1, 'a number from 0 to 1, or off');
}

/** From 1 to 100, whole. */
export function percentage(text: string): number {
  return numberIn(text, (value) => Number.isInteger(value) && value >= 1 && value <= 100, 'a whole percentage from 1 to 100');
}

/** Rising percentages such as `10,50`. */
export function percentages(text: string): number[] {
  return text.split(',').map((part) => numberIn(part, (value) => Number.isInteger(value) && value >= 1 && value <= 99, 'percentages from 1 to 99, such as 10,50'));
}

/** A time as ISO 8601 writes it, local unless it has a zone; a day alone is its beginning here. @returns epoch milliseconds */
export function moment(text: string): number {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text.trim());
  const at = /^\d{4}-\d{2}-\d{2}/.test(text.trim()) ? Date.parse(day ? `${text.trim()}T00:00` : text.trim().replace(' ', 'T')) : Number.NaN;
  if (!Number.isFinite(at)) {
    throw new InvalidArgumentError('Give a time such as 2026-11-30, 2026-11-30T14:03 or 2026-11-30T14:03:00Z.');
  }
  return at;
}

function numberIn(text: string, fits: (value: number) => boolean, wanted: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value) || !fits(value)) {
    throw new InvalidArgumentError(`Give ${wanted}.`);
  }
  return value;
}

/** For an option that may be given several times. */
export function collect(text: string, before: readonly string[]): string[] {
  return [...before, text];
}

/** As {@link collect} for `NAME=VALUE`. */
export function collectAssignment(text: string, before: readonly string[]): string[] {
  if (!/^[^=]+=/.test(text)) {
    throw new InvalidArgumentError('Give NAME=VALUE.');
  }
  return [...before, text];
}

/** Splits at the first separator; the second part is empty where there is none. */
export function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
