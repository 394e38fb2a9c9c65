import type { Recipe } from '../contract/retraining.ts';
import { dueTime } from '../platform/time/dueTime.ts';

export interface Scheduled {
  readonly recipe: Pick<Recipe, 'schedule' | 'timeZone'>;
  /** When the recipe was taken over, in epoch milliseconds. */
  readonly since: number;
}

/** When the schedule of a recipe begins the next retraining; undefined without one. @param lastAt when the last retraining of the model was asked for */
export function dueAt({ recipe, since }: Scheduled, lastAt: number | undefined): number | undefined {
  return dueTime(recipe, since, lastAt);
}

export interface ScheduleParts<Recipe extends Scheduled> {
  readonly placed: (model: string) => Recipe | undefined;
  readonly lastAt: (model: string) => number | undefined;
  /** Whether it runs already or cools down: it is looked at again the next time. */
  readonly isRefused: (model: string, found: Recipe, now: number) => boolean;
  readonly begin: (model: string, found: Recipe) => void;
}

/** Begins the retrainings whose time has come. @param now epoch milliseconds */
export function beginDue<Recipe extends Scheduled>(models: readonly string[], { placed, lastAt, isRefused, begin }: ScheduleParts<Recipe>, now: number): void {
  for (const model of models) {
    const found = placed(model);
    if (found !== undefined && (dueAt(found, lastAt(model)) ?? Infinity) <= now && !isRefused(model, found, now)) {
      begin(model, found);
    }
  }
}
