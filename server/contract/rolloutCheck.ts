import { z } from 'zod';
import { orText } from './unknown.ts';

/** What one check of a new release came to. */
export const rolloutCheck = z.object({
  id: z.string(),
  /** For people. */
  label: z.string(),
  state: orText(z.enum(['passed', 'failed', 'not-evaluated'])),
  message: z.string(),
});
export type RolloutCheck = z.infer<typeof rolloutCheck>;
