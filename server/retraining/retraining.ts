import { Router } from 'express';
import { readNotebookCells } from '../client/notebookFile.ts';
import { candidateAlias, goesOn, retrainingRoutes, type RetrainedModel, type RetrainingPlan } from '../contract/retraining.ts';
import type { Policies } from '../governance/policy/policies.ts';
import { localCaller } from '../platform/caller.ts';
import type { Log } from '../platform/log.ts';
import { Problem } from '../platform/errors.ts';
import type { Feature } from '../platform/feature.ts';
import { implementAll, type CallContext } from '../platform/http/implement.ts';
import { recipeOf, type PlacedRecipe } from './recipeOf.ts';
import { versionsOf } from './retrain.ts';
import { createRetrainingJobs, type RetrainingJobs, type RetrainingJobsParts } from './retrainingJobs.ts';
import { beginDue, dueAt } from './schedules.ts';

export interface RetrainingParts extends RetrainingJobsParts {
  readonly policies: Pick<Policies, 'of' | 'models'>;
  readonly log: Log;
}

/** How the last retraining of a model ended that was not cancelled. */
export interface LastRetraining {
  readonly failed: boolean;
  readonly message: string;
}

export interface RetrainingFeature extends Feature {
  /** True while a model is retrained, or is to be by a schedule: without a companion nobody begins it. */
  wanted(): boolean;
  last(model: string): LastRetraining | undefined;
}

/** How often the schedules are looked at. */
const lookMilliseconds = 10_000;

/** Why a model is not to be retrained now. @param now epoch milliseconds */
function refusal(jobs: RetrainingJobs, model: string, { recipe: { coolDownMinutes } }: PlacedRecipe, now: number): Problem | undefined {
  const known = jobs.list(model);
  const open = known.find(goesOn);
  if (open !== undefined) {
    return new Problem('conflict', `${model} is being retrained (${open.id}).`, { field: 'model', remedy: `Wait for it, or end it with "slipway retrain ${model} --cancel".` });
  }
  const until = (known.find(({ state }) => state === 'succeeded')?.endedAt ?? -Infinity) + coolDownMinutes * 60_000;
  return now < until
    ? new Problem('conflict', `${model} was retrained less than ${coolDownMinutes} minutes ago: it cools down until ${new Date(until).toISOString()}.`, { field: 'model', remedy: 'Wait until then, or lower retraining.coolDownMinutes in the policy.' })
    : undefined;
}

/**
 * Makes models again by the recipes of their policies: runs the notebook and registers what it logs as the candidate, which nothing serves for that. A recipe
 * is in force like the policy that it is in, when somebody who is trusted took it over.
 */
export function createRetraining(parts: RetrainingParts): RetrainingFeature {
  const { policies, registry, log } = parts;
  const jobs = createRetrainingJobs(parts);
  const placed = (model: string): PlacedRecipe | undefined => recipeOf(policies.of(model));
  const required = (model: string): PlacedRecipe => {
    const found = placed(model);
    if (found === undefined) {
      throw new Problem('not-found', `No policy says how ${model} is retrained.`, {
        field: 'model',
        remedy: `Write "retraining: {notebook: FILE.ipynb}" below ${model} in slipway.yaml, and put it in force with "slipway policy --apply".`,
      });
    }
    return found;
  };
  const lastAt = (model: string): number | undefined => jobs.list(model).reduce<number | undefined>((last, { requestedAt }) => Math.max(last ?? 0, requestedAt), undefined);

  const plan = async (model: string, call: CallContext): Promise<RetrainingPlan> => {
    const { recipe, source } = required(model);
    const cells = await readNotebookCells(recipe.notebook);
    const versions = await versionsOf(registry(), model, call);
    const candidate = versions.find(({ aliases }) => aliases.includes(candidateAlias))?.version;
    const refused = cells === undefined ? `${recipe.notebook} is no notebook that can be read.` : refusal(jobs, model, required(model), Date.now())?.message;
    return {
      model,
      recipe,
      source,
      cells: (cells ?? []).filter(({ kind, source: code }) => kind === 'code' && code.trim() !== '').length,
      hasParametersCell: (cells ?? []).some(({ tags }) => tags.includes('parameters')),
      ...(candidate === undefined ? {} : { candidate }),
      ...(refused === undefined ? {} : { refused }),
    };
  };
  const describe = (model: string, limit: number): RetrainedModel => {
    const found = placed(model);
    const nextAt = found === undefined ? undefined : dueAt(found, lastAt(model));
    return {
      model,
      ...(found === undefined ? {} : { recipe: found.recipe, source: found.source }),
      ...(nextAt === undefined ? {} : { nextAt }),
      retrainings: jobs.list(model).slice(0, limit),
    };
  };
  const withRecipe = (): string[] => policies.models().filter((model) => placed(model) !== undefined);

  const router = Router();
  implementAll(router, retrainingRoutes, {
    listRetraining({ model, limit }) {
      const known = new Set([...withRecipe(), ...jobs.list().map((each) => each.model)]);
      if (model !== undefined && !known.has(model)) {
        required(model);
      }
      return { models: [...known].filter((name) => model === undefined || name === model).sort().map((name) => describe(name, limit)) };
    },
    planRetraining: ({ model }, call) => plan(model, call),
    startRetraining({ model }, { caller }) {
      const found = required(model);
      const refused = refusal(jobs, model, found, Date.now());
      if (refused !== undefined) {
        throw refused;
      }
      return jobs.start(model, found.recipe, 'manual', caller);
    },
    getRetraining: ({ id }) => jobs.get(id),
    cancelRetraining: ({ id }, { caller }) => jobs.cancel(id, caller),
  });

  const look = (): void => {
    try {
      beginDue(policies.models(), {
        placed,
        lastAt,
        isRefused: (model, found, now) => refusal(jobs, model, found, now) !== undefined,
        begin: (model, { recipe }) => void jobs.start(model, recipe, 'schedule', localCaller('companion')),
      }, Date.now());
    } catch (error) {
      log.error('looking at the schedules of retraining', error);
    }
  };
  let timer: NodeJS.Timeout | undefined;
  return {
    router,
    wanted: () => jobs.list().some(goesOn) || withRecipe().some((model) => placed(model)?.recipe.schedule !== undefined),
    last(model) {
      const last = jobs.list(model).find(({ state }) => state === 'succeeded' || state === 'failed');
      return last === undefined ? undefined : { failed: last.state === 'failed', message: last.message };
    },
    start() {
      timer = setInterval(look, lookMilliseconds).unref();
    },
    stop: () => clearInterval(timer),
  };
}
