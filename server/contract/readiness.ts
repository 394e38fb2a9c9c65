import { z } from 'zod';
import { route } from './route.ts';
import { orText } from './unknown.ts';

/** One thing that a model in production has or lacks. */
export const readinessItem = z.object({
  /** Such as `rollback`. */
  id: z.string(),
  label: z.string(),
  /** `not-yet`: it cannot be had, or is of no use, before something else is there. */
  state: orText(z.enum(['has', 'lacks', 'not-yet'])),
  /** The fact that says so. */
  detail: z.string(),
  /** The one command that adds what is missing. */
  command: z.string().optional(),
});
export type ReadinessItem = z.infer<typeof readinessItem>;

export const modelReadiness = z.object({
  model: z.string(),
  /** The version that is looked at: the live one, else the newest. */
  version: z.number().int(),
  liveOn: z.array(z.string()),
  items: z.array(readinessItem),
});
export type ModelReadiness = z.infer<typeof modelReadiness>;

export const readinessRoutes = {
  listReadiness: route({
    method: 'GET',
    path: '/readiness',
    summary: 'What models have of what production takes, what is missing, and the command that adds it',
    panels: ['registry'],
    input: z.object({ /** All models unless given. */ model: z.string().min(1).optional() }),
    output: z.object({ models: z.array(modelReadiness) }),
  }),
};
