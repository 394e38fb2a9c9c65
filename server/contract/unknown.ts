import { z } from 'zod';

/** A text that this build has no name for: a newer companion sent it. It is shown as it is. */
export type UnknownText = string & {};

/** The texts of `T` that this build has a name for: what a table of words or icons has to hold. */
export type Known<T extends string> = T extends unknown ? (string extends T ? never : T) : never;

/**
 * A text of an answer that may get more forms: one of the known ones, or one that a newer companion has learned since, which stays the
 * text that it is. Inputs are strict: what is asked for must be known.
 */
export function orText<T extends Readonly<Record<string, string>>>(known: z.ZodEnum<T>): z.ZodUnion<readonly [z.ZodEnum<T>, z.ZodType<UnknownText, string>]> {
  const unknown: z.ZodType<UnknownText, string> = z.string();
  return z.union([known, unknown]);
}

/** A member of a union that this build does not know, with the `kind` under which it was sent. */
export interface UnknownKind {
  readonly kind: 'unknown';
  readonly name: string;
}

/**
 * A union of an answer that may get more members: one that a newer companion has learned since becomes {@link UnknownKind}. A known
 * kind with fields that do not fit is refused as ever.
 */
export function orUnknownKind<T extends z.ZodDiscriminatedUnion<readonly z.core.SomeType[], 'kind'>>(known: T): z.ZodUnion<readonly [T, z.ZodType<UnknownKind, { kind: string }>]> {
  const kinds = known._zod.propValues['kind'];
  const other = z.object({ kind: z.string().refine((kind) => kinds?.has(kind) !== true) }).transform(({ kind }): UnknownKind => ({ kind: 'unknown', name: kind }));
  return z.union([known, other]);
}

/** What a table says of a text that may be unknown to it; undefined where it says nothing. */
export function lookUp<T>(table: Readonly<Record<string, T>>, text: string): T | undefined {
  return Object.hasOwn(table, text) ? table[text] : undefined;
}

/** A known text in the words of a table; any other as it is. */
export function wordFor(words: Readonly<Record<string, string>>, text: string): string {
  return lookUp(words, text) ?? text;
}
