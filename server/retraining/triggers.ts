import type { Recipe, RetrainingTrigger } from '../contract/retraining.ts';
import { formatTime } from '../contract/format/times.ts';

/** Why a model is to be made again now. */
export interface Due {
  readonly trigger: RetrainingTrigger;
  /** The fact behind it, as a sentence. */
  readonly cause: string;
}

/** An alert that goes on, of an endpoint that serves the model in production. */
export interface FiringAlert {
  readonly rule: 'drift' | 'performance';
  readonly endpoint: string;
  readonly summary: string;
  /** Epoch milliseconds. */
  readonly firedAt: number;
}

/**
 * The alert that asks for a retraining: one that fired since the last one began and still goes on, so that each asks once, however long it goes on and whatever came of it.
 * @param lastAt when the last retraining of the model was asked for
 */
export function dueByAlert({ triggers }: Pick<Recipe, 'triggers'>, alerts: readonly FiringAlert[], lastAt: number | undefined): Due | undefined {
  const found = alerts.find(({ rule, firedAt }) => triggers[rule] && firedAt > (lastAt ?? -Infinity));
  return found === undefined ? undefined : { trigger: found.rule, cause: `${found.endpoint}, since ${formatTime(found.firedAt)}: ${found.summary}` };
}
