import type { z } from 'zod';

/** Where and how an answer is not what its declaration says: the first finding, for people. */
export function describeMismatch(error: z.ZodError): string {
  const [issue] = error.issues;
  const place = issue?.path.map(String).join('.') ?? '';
  return `${place === '' ? 'the answer' : place}: ${issue?.message ?? 'is not what was expected'}`;
}
