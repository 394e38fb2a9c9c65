import { z } from 'zod';
import { route } from './route.ts';
import { orText } from './unknown.ts';
import { timestamp } from './values.ts';

/** `not-checked`: it could not be tried, such as without a network; the message says why. */
export const loadCheckState = z.enum(['waiting', 'running', 'loads', 'fails', 'not-checked']);
export type LoadCheckState = z.infer<typeof loadCheckState>;

/** Whether a version loads in a clean environment of its own, and answers its example there as where it was registered. */
export const loadCheck = z.object({
  model: z.string(),
  version: z.number().int().positive(),
  state: orText(loadCheckState),
  /** What it is doing, what it found, or why it could not be tried. */
  message: z.string(),
  /** What the version lacks: a file beside the notebook, or what a package brings. */
  missing: z.object({ kind: orText(z.enum(['file', 'package'])), name: z.string() }).optional(),
  remedy: z.string().optional(),
  startedAt: timestamp,
  endedAt: timestamp.optional(),
  requestedBy: z.string(),
});
export type LoadCheck = z.infer<typeof loadCheck>;

/** Whether it has not come to its end. */
export function isChecking({ state }: Pick<LoadCheck, 'state'>): boolean {
  return state === 'waiting' || state === 'running';
}

export const loadCheckRoutes = {
  checkLoad: route({
    method: 'POST',
    path: '/models/:name/versions/:version/load-check',
    summary: 'Load a version in an environment of its own and predict its example there, in the background; one that waits or runs already is answered',
    panels: ['registry'],
    needsTrust: 'loading a model',
    input: z.object({ name: z.string(), version: z.coerce.number().int().positive() }),
    output: loadCheck,
  }),
  listLoadChecks: route({
    method: 'GET',
    path: '/models/:name/load-checks',
    summary: 'The last check of each version of a model whether it loads elsewhere; versions that were not checked are not among them',
    panels: ['registry'],
    input: z.object({ name: z.string() }),
    output: z.object({ checks: z.array(loadCheck) }),
  }),
};
