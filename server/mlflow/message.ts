import { fromWire } from '../contract/metricValues.ts';
import { FloatLiteral, invalidType, invalidValue, missingValue, seeDocs } from '../platform/names.ts';

/** How one field of a request is read. `value` is undefined where the client did not set it. */
export interface Field<T> {
  read(value: unknown, name: string): T;
  /** Read from a repeated key of a query string. */
  readonly repeated?: boolean;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

export type Message<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** Python's name of a value's type: it is part of the text that MLflow answers. */
function typeName(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return 'str';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int' : 'float';
    default:
      if (value instanceof FloatLiteral) {
        return 'float';
      }
      return value === null || value === undefined ? 'NoneType' : Array.isArray(value) ? 'list' : 'dict';
  }
}

/** The number of a literal that is kept for the sake of errors. */
function plain(value: unknown): unknown {
  return value instanceof FloatLiteral ? Number(value.text) : value;
}

export function wrongType(name: string, value: unknown): Error {
  return invalidType(name, value, typeName(value));
}

export const text: Field<string | undefined> = {
  read(value, name) {
    if (value !== undefined && typeof value !== 'string') {
      throw wrongType(name, value);
    }
    return value;
  },
};

export const requiredText: Field<string> = {
  read(value, name) {
    if (value === undefined || value === '') {
      throw missingValue(name);
    }
    if (typeof value !== 'string') {
      throw wrongType(name, value);
    }
    return value;
  },
};

/** Text that is empty where the client did not set it. */
export const textOrEmpty: Field<string> = { read: (value, name) => text.read(value, name) ?? '' };

/** Fields of times end so: `timestamp`, `start_time`, `end_time`, also of an item of a list. */
const timeName = /time(?:stamp)?$/;

/**
 * A 64-bit integer: a number, or its digits. Beyond 2^53 it could not be kept exactly and is refused. So is a fraction, for which MLflow
 * says nothing, stores 0 and drops the fields after it.
 */
export function readInteger(value: unknown, name: string): number {
  const number = typeof value === 'string' && /^[+-]?\d+$/.test(value) ? Number(value) : plain(value);
  if (typeof number === 'number' && !Number.isInteger(number)) {
    const time = timeName.test(name) ? ' of milliseconds since 1970, such as int(time.time() * 1000)' : '';
    throw invalidValue(name, value, `It must be a whole number${time}.${seeDocs}`);
  }
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) {
    throw wrongType(name, value);
  }
  return number;
}

export const integer: Field<number | undefined> = { read: (value, name) => (value === undefined ? undefined : readInteger(value, name)) };

export function integerOr(fallback: number): Field<number> {
  return { read: (value, name) => (value === undefined ? fallback : readInteger(value, name)) };
}

export const requiredInteger: Field<number> = {
  read(value, name) {
    if (value === undefined) {
      throw missingValue(name);
    }
    return readInteger(value, name);
  },
};

export const requiredDouble: Field<number> = {
  read(value, name) {
    if (value === undefined || value === '') {
      throw missingValue(name);
    }
    const number = fromWire(plain(value));
    if (number === undefined) {
      throw wrongType(name, value);
    }
    return number;
  },
};

export const flag: Field<boolean | undefined> = {
  read(value, name) {
    if (value === undefined || typeof value === 'boolean') {
      return value;
    }
    if (typeof value !== 'string') {
      throw wrongType(name, value);
    }
    const lower = value.toLowerCase();
    if (lower !== 'true' && lower !== 'false') {
      throw invalidValue(name, value, `Invalid boolean value: ${lower}, must be 'true' or 'false'.`);
    }
    return lower === 'true';
  },
};

/** A choice by name, or by the number that the protocol gives it. */
export function choice<T extends string>(names: Readonly<Record<number, T>>): Field<T | undefined> {
  const known = Object.entries(names);
  return {
    read(value, name) {
      if (value === undefined || value === '') {
        return undefined;
      }
      const asked = typeof value === 'number' ? String(value) : value;
      const found = known.find(([number, option]) => option === asked || number === asked);
      if (found === undefined) {
        throw wrongType(name, value);
      }
      return found[1];
    },
  };
}

function readArray(value: unknown, name: string): readonly unknown[] {
  if (value === undefined) {
    return [];
  }
  if (!Array.isArray(value)) {
    throw wrongType(name, value);
  }
  return value;
}

export const texts: Field<readonly string[]> = {
  repeated: true,
  read: (value, name) =>
    readArray(value, name).map((item) => {
      if (typeof item !== 'string') {
        throw wrongType(name, value);
      }
      return item;
    }),
};

/** The items of a list of objects, each with its path for errors. */
export function objects<T>(read: (item: Readonly<Record<string, unknown>>, path: string) => T): Field<readonly T[]> {
  return {
    repeated: true,
    read: (value, name) =>
      readArray(value, name).map((item, index) => {
        if (typeof item !== 'object' || item === null || Array.isArray(item)) {
          throw wrongType(name, value);
        }
        return read(item as Readonly<Record<string, unknown>>, `${name}[${index}]`);
      }),
  };
}

export function required<T>(field: Field<readonly T[]>): Field<readonly T[]> {
  return {
    repeated: true,
    read(value, name) {
      if (value === undefined) {
        throw missingValue(name);
      }
      return field.read(value, name);
    },
  };
}

function unset(value: unknown): unknown {
  return value === null ? undefined : value;
}

/** Reads one member of an object in a list. */
export function member<T>(item: Readonly<Record<string, unknown>>, key: string, path: string, field: Field<T>): T {
  return field.read(unset(item[key]), `${path}.${key}`);
}

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

/** Params and tags. */
export const keyValues: Field<readonly KeyValue[]> = objects((item, path) => ({
  key: member(item, 'key', path, requiredText),
  value: member(item, 'value', path, textOrEmpty),
}));

export function toMap(entries: readonly KeyValue[]): Map<string, string> {
  return new Map(entries.map(({ key, value }) => [key, value]));
}

/** The run that a request is about; old clients call it `run_uuid`. */
export const runKey = 'run_id';

/**
 * Reads the fields of a request; what is not declared is ignored.
 * @param body the JSON object, or the values of a query string by name
 */
export function readMessage<F extends Fields>(fields: F, body: Readonly<Record<string, unknown>>): Message<F> {
  const message: Record<string, unknown> = {};
  for (const name in fields) {
    const value = unset(body[name]);
    message[name] = fields[name]?.read(value === undefined && name === runKey ? unset(body['run_uuid']) : value, name);
  }
  return message as Message<F>;
}

/** The values of a query string as a request: a name that may repeat has all its values, another its first. */
export function readQuery(fields: Fields, query: URLSearchParams): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const name of new Set(query.keys())) {
    body[name] = fields[name]?.repeated === true ? query.getAll(name) : (query.get(name) ?? undefined);
  }
  return body;
}
