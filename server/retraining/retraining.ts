import { Router } from 'express';
import { readNotebookCells } from '../client/notebookFile.ts';
import { candidateAlias, goesOn, retrainingRoutes, type RetrainedModel, type RetrainingPlan } from '../contract/retraining.ts';
import type { Policies } from '../governance/policy/policies.ts';
import { localCaller } from '../platform/caller.ts';
import type { CompanionContext } from '../platform/context.ts';
import type { Log } from '../platform/log.ts';
import { Problem } from '../platform/errors.ts';
import type { Feature } from '../platform/feature.ts';
import { implementAll, type CallContext } from '../platform/http/implement.ts';
import { createLooks } from './looks.ts';
import { recipeOf, type PlacedRecipe } from './recipeOf.ts';
import { versionsOf } from './retrain.ts';
import { createRetrainingJobs, type RetrainingJobs, type RetrainingJobsParts } from './retrainingJobs.ts';
import { beginDue, dueAt } from './schedules.ts';
import { createTrainingData } from './trainingData.ts';
import { dueByAlert, type Due, type FiringAlert } from './triggers.ts';

export interface RetrainingParts extends Omit<RetrainingJobsParts, 'noteData' | 'context'> {
  readonly context: RetrainingJobsParts['context'] & Pick<CompanionContext, 'events'>;
  /** Alerts that go on at endpoints that serve a model in production. */
  readonly firing: (model: string) => readonly FiringAlert[];
  readonly policies: Pick<Policies, 'of' | 'models'>;
  readonly log: Log;
}

/** How the last retraining of a model ended that was not cancelled. */
export interface LastRetraining {
  readonly failed: boolean;
  readonly message: string;
}

export interface RetrainingFeature extends Feature {
  /** True while a model is retrained, or is to be by a schedule or a trigger: without a companion nobody begins it. */
  wanted(): boolean;
  last(model: string): LastRetraining | undefined;
}

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
  const { policies, registry, log, context } = parts;
  const data = createTrainingData(context.database, () => looks.soon());
  const jobs = createRetrainingJobs({ ...parts, noteData: (model, recipe) => data.note(model, recipe) });
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

  /** What would begin a retraining by itself now, besides a schedule. */
  const dueOf = async (model: string, { recipe }: PlacedRecipe): Promise<Due | undefined> => {
    const changed = await data.changed(model, recipe);
    return dueByAlert(recipe, parts.firing(model), lastAt(model)) ?? (changed.length === 0 ? undefined : { trigger: 'data', cause: `New content of ${changed.join(', ')}.` });
  };

  const plan = async (model: string, call: CallContext): Promise<RetrainingPlan> => {
    const found = required(model);
    const { recipe, source } = found;
    const due = await dueOf(model, found);
    const cells = await readNotebookCells(recipe.notebook);
    const versions = await versionsOf(registry(), model, call);
    const candidate = versions.find(({ aliases }) => aliases.includes(candidateAlias))?.version;
    const refused = cells === undefined ? `${recipe.notebook} is no notebook that can be read.` : refusal(jobs, model, found, Date.now())?.message;
    return {
      model,
      recipe,
      source,
      cells: (cells ?? []).filter(({ kind, source: code }) => kind === 'code' && code.trim() !== '').length,
      hasParametersCell: (cells ?? []).some(({ tags }) => tags.includes('parameters')),
      ...(candidate === undefined ? {} : { candidate }),
      ...(due === undefined ? {} : { due }),
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
  const isTriggered = (model: string): boolean => {
    const triggers = placed(model)?.recipe.triggers;
    return triggers !== undefined && (triggers.drift || triggers.performance || triggers.data.length > 0);
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
      return jobs.start(model, found.recipe, { trigger: 'manual' }, caller);
    },
    getRetraining: ({ id }) => jobs.get(id),
    cancelRetraining: ({ id }, { caller }) => jobs.cancel(id, caller),
  });

  const beginTriggered = async (model: string): Promise<void> => {
    const found = placed(model);
    if (found === undefined || refusal(jobs, model, found, Date.now()) !== undefined) {
      return;
    }
    const due = await dueOf(model, found);
    // Somebody may have begun one while files were read.
    if (due !== undefined && context.database.open && refusal(jobs, model, found, Date.now()) === undefined) {
      jobs.start(model, found.recipe, due, localCaller('companion'));
    }
  };
  const looks = createLooks(log, () => context.database.open, async () => {
    beginDue(policies.models(), {
      placed,
      lastAt,
      isRefused: (model, found, now) => refusal(jobs, model, found, now) !== undefined,
      begin: (model, { recipe }) => void jobs.start(model, recipe, { trigger: 'schedule' }, localCaller('companion')),
    }, Date.now());
    await data.watch(policies.models().flatMap((model) => placed(model)?.recipe.triggers.data ?? []));
    for (const model of policies.models().filter(isTriggered)) {
      await beginTriggered(model);
    }
  });
  context.events.subscribe(({ topic }) => (topic === 'incident' || topic === 'policy' ? looks.soon() : undefined));
  return {
    router,
    wanted: () => jobs.list().some(goesOn) || withRecipe().some((model) => placed(model)?.recipe.schedule !== undefined || isTriggered(model)),
    last(model) {
      const last = jobs.list(model).find(({ state }) => state === 'succeeded' || state === 'failed');
      return last === undefined ? undefined : { failed: last.state === 'failed', message: last.message };
    },
    start: () => looks.start(),
    async stop() {
      await data.close();
      await looks.stop();
    },
  };
}
