import { z } from 'zod';
import { orText } from './unknown.ts';

export const errorReason = z.enum([
  'invalid-input',
  'unauthenticated',
  'forbidden',
  'not-found',
  'already-exists',
  'conflict',
  'unavailable',
  'too-large',
  'disk-full',
  'internal',
]);
export type ErrorReason = z.infer<typeof errorReason>;

/** The body of every answer of the companion's own API that is not 2xx. */
export const errorBody = z.object({
  error: z.object({
    reason: orText(errorReason),
    message: z.string(),
    /** The input field at fault, as a path such as `strategy.steps.0.weight`. */
    field: z.string().optional(),
    /** What the user can do about it. */
    remedy: z.string().optional(),
  }),
});
export type ErrorBody = z.infer<typeof errorBody>;
