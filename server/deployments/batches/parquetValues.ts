import type { ParquetParsers } from 'hyparquet';

const perDay = 86_400_000;

/** Times as ISO 8601 without a zone, with all digits that the file has; the library's own values are of milliseconds. */
export const parquetParsers: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (milliseconds) => timeOf(milliseconds, 3),
  timestampFromMicroseconds: (microseconds) => timeOf(microseconds, 6),
  timestampFromNanoseconds: (nanoseconds) => timeOf(nanoseconds, 9),
  dateFromDays: (days) => new Date(days * perDay).toISOString().slice(0, 10),
};

/** @param digits of a second in one unit */
function timeOf(units: bigint, digits: number): string {
  const perSecond = 10n ** BigInt(digits);
  const fraction = ((units % perSecond) + perSecond) % perSecond;
  const seconds = new Date(Number((units - fraction) / perSecond) * 1000).toISOString().slice(0, 19);
  return fraction === 0n ? seconds : `${seconds}.${fraction.toString().padStart(digits, '0')}`;
}

/**
 * A value of a Parquet file as JSON. Missing values and NaN are null; an infinity, which JSON has no number for, is the word; bytes that are no text are
 * base64; whole numbers keep all their digits.
 */
export function jsonOf(value: unknown): string {
  switch (typeof value) {
    case 'bigint':
      return value.toString();
    case 'number':
      return Number.isFinite(value) ? JSON.stringify(value) : Number.isNaN(value) ? 'null' : `"${value}"`;
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'object':
      return jsonOfObject(value);
    default:
      return 'null';
  }
}

function jsonOfObject(value: object | null): string {
  if (value === null) {
    return 'null';
  }
  if (value instanceof Uint8Array) {
    return JSON.stringify(Buffer.from(value).toString('base64'));
  }
  if (value instanceof Date) {
    return JSON.stringify(value.toISOString());
  }
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    return `[${Array.from(value as ArrayLike<unknown>, jsonOf).join(',')}]`;
  }
  return `{${Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}:${jsonOf(field)}`).join(',')}}`;
}
