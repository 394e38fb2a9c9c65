import { z } from 'zod';
import { route } from './route.ts';
import { orText } from './unknown.ts';
import { count, timestamp } from './values.ts';

/** The alias of the version that a retraining made last. Nothing serves a version for having it. */
export const candidateAlias = 'candidate';

/** How a model is made again, as its policy says it, with whole paths. */
export const recipe = z.object({
  notebook: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  python: z.string(),
  kernel: z.string().optional(),
  schedule: z.string().optional(),
  timeZone: z.string().optional(),
  coolDownMinutes: z.number(),
  deadlineMinutes: z.number(),
  /** Which alert rules begin one, and files whose new content does. */
  triggers: z.object({ drift: z.boolean(), performance: z.boolean(), data: z.array(z.string()) }).default({ drift: false, performance: false, data: [] }),
  /** The candidate is promoted by itself. */
  auto: z.boolean().default(false),
});
export type Recipe = z.infer<typeof recipe>;

/** One that the companion's end interrupted begins anew. */
export const retrainingStates = ['waiting', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type RetrainingState = (typeof retrainingStates)[number];

/** What began one; `drift` and `performance` are alert rules that fired. */
export const retrainingTriggers = ['manual', 'schedule', 'drift', 'performance', 'data'] as const;
export type RetrainingTrigger = (typeof retrainingTriggers)[number];

/** One retraining of a model. */
export const retraining = z.object({
  id: z.number().int(),
  model: z.string(),
  state: orText(z.enum(retrainingStates)),
  trigger: orText(z.enum(retrainingTriggers)),
  /** The fact behind the trigger: of which alert, or which files. */
  cause: z.string().optional(),
  requestedBy: z.string(),
  /** What it does, or what came of it: of one that failed the cell and why. */
  message: z.string(),
  recipe,
  requestedAt: timestamp,
  endedAt: timestamp.optional(),
  /** The captured run, which has the outputs of all cells. */
  captureRunId: z.string().optional(),
  /** The logged model and the version that it became. */
  modelId: z.string().optional(),
  version: z.number().int().optional(),
  /** The promotion that was asked for by itself. */
  promotion: z.number().int().optional(),
  /** What happened so far, a line for each cell. */
  lines: z.array(z.string()),
});
export type Retraining = z.infer<typeof retraining>;

/** A model with a recipe, or whose retrainings are still known. */
export const retrainedModel = z.object({
  model: z.string(),
  recipe: recipe.optional(),
  /** Where the recipe stands: `FILE:LINE`. */
  source: z.string().optional(),
  /** When the schedule begins the next one; what was missed is made up for once. */
  nextAt: timestamp.optional(),
  /** The newest first. */
  retrainings: z.array(retraining),
});
export type RetrainedModel = z.infer<typeof retrainedModel>;

/** What a retraining would do. */
export const retrainingPlan = z.object({
  model: z.string(),
  recipe,
  source: z.string(),
  /** Cells with code that would run. */
  cells: z.number().int(),
  /** Whether a cell has the tag `parameters`; without one the parameters are set before the first cell. */
  hasParametersCell: z.boolean(),
  /** The version that has the alias `candidate`, which the new one takes. */
  candidate: z.number().int().optional(),
  /** What would begin one by itself now. */
  due: z.object({ trigger: orText(z.enum(retrainingTriggers)), cause: z.string() }).optional(),
  /** Why it would be refused. */
  refused: z.string().optional(),
});
export type RetrainingPlan = z.infer<typeof retrainingPlan>;

const model = z.string().min(1).max(250);
const numbered = z.object({ id: count });

export const retrainingRoutes = {
  listRetraining: route({
    method: 'GET',
    path: '/retraining',
    summary: 'The recipes of models with their next time and their last retrainings',
    input: z.object({ model: model.optional(), limit: count.max(100).default(10) }),
    output: z.object({ models: z.array(retrainedModel) }),
  }),
  planRetraining: route({ method: 'GET', path: '/retraining/plan', summary: 'What retraining a model would do; nothing is run', input: z.object({ model }), output: retrainingPlan }),
  startRetraining: route({
    method: 'POST',
    path: '/retraining',
    summary: "Runs a model's notebook as its policy says and registers the model that it logs as a candidate, which nothing serves",
    needsTrust: 'retraining a model',
    input: z.object({ model }),
    output: retraining,
  }),
  getRetraining: route({ method: 'GET', path: '/retraining/:id', summary: 'One retraining and how far it is', input: numbered, output: retraining }),
  cancelRetraining: route({ method: 'POST', path: '/retraining/:id/cancel', summary: 'Ends a retraining; what was captured of it stays', input: numbered, output: retraining }),
};

/** Whether a retraining goes on. */
export function goesOn({ state }: Pick<Retraining, 'state'>): boolean {
  return state === 'waiting' || state === 'running';
}
