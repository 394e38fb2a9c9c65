import path from 'node:path';
import type { Recipe } from '../contract/retraining.ts';
import type { Policy } from '../governance/policy/modelPolicy.ts';

/** A recipe as it is in force, and the line of the file that it stands in. */
export interface PlacedRecipe {
  readonly recipe: Recipe;
  readonly source: string;
  /** Epoch milliseconds since when. */
  readonly since: number;
}

/** How a model is made again by its policy; undefined where that does not say it. Paths of the policy count from the folder of its file. */
export function recipeOf(policy: Policy): PlacedRecipe | undefined {
  const { file, adoptedAt } = policy;
  const { retraining } = policy.entry;
  if (retraining === undefined || file === undefined || adoptedAt === undefined) {
    return undefined;
  }
  const folder = path.dirname(file);
  const { notebook, python = 'python3', parameters = {}, coolDownMinutes = 0, deadlineMinutes = 24 * 60, triggers = {}, auto = false, kernel, schedule, timeZone } = retraining;
  return {
    recipe: {
      notebook: path.resolve(folder, notebook),
      parameters,
      python: /[\\/]/.test(python) ? path.resolve(folder, python) : python,
      ...(kernel === undefined ? {} : { kernel }),
      ...(schedule === undefined ? {} : { schedule }),
      ...(timeZone === undefined ? {} : { timeZone }),
      coolDownMinutes,
      deadlineMinutes,
      triggers: { drift: triggers.drift ?? false, performance: triggers.performance ?? false, data: (triggers.data ?? []).map((file) => path.resolve(folder, file)) },
      auto,
    },
    source: policy.sourceOf('retraining.notebook'),
    since: adoptedAt,
  };
}
