import { CallFailure } from '../client/callFailure.ts';
import type { CompanionClient } from '../client/companionClient.ts';
import { executeNotebook } from '../client/executeNotebook.ts';
import type { Caller } from '../contract/caller.ts';
import { registryRoutes, type ModelVersion } from '../contract/registry.ts';
import { candidateAlias, type Recipe } from '../contract/retraining.ts';
import { Problem } from '../platform/errors.ts';
import type { CallContext } from '../platform/http/implement.ts';
import { wholeAnswer } from '../platform/http/wholeAnswer.ts';
import type { RegistryStore } from '../registry/store.ts';
import { promoteCandidate, type AutoPromotion } from './promoteCandidate.ts';
import { withLine, type Told } from './told.ts';

export interface RetrainParts {
  /** The door of this companion, through which a kernel records what it does. @throws Problem `unavailable` while it is shut */
  client(caller: Caller): Promise<CompanionClient>;
  /** Notes that a model is made from the files of its recipe as they are now. */
  noteData(model: string, recipe: Recipe): Promise<void>;
  registry(): Pick<RegistryStore, 'getModel' | 'registerVersion' | 'setAlias'>;
}

interface Asked extends Pick<AutoPromotion, 'id' | 'trigger' | 'cause'> {
  readonly model: string;
  readonly recipe: Recipe;
  readonly requestedBy: Caller;
}

/**
 * Executes the notebook of a recipe, recorded as a captured run, and registers the model that it logged last as the candidate. What was done of it before, by
 * a companion that ended meanwhile, is not done twice: a notebook that had come to its end is not run again, one that had not is run from its first cell.
 * @param before what it has told by now
 * @param tell told each step; what it was told last comes back as `before`
 * @throws CallFailure `work-failed` that names the cell and why, or as `executeNotebook` does; Problem `conflict` when no model was logged
 */
export async function retrain(parts: RetrainParts, asked: Asked, before: Told, tell: (told: Told) => void, signal: AbortSignal): Promise<void> {
  const { model, recipe, requestedBy } = asked;
  let told = before;
  const say = (next: Told): void => {
    told = next;
    tell(told);
  };
  let { modelId } = told;
  if (modelId === undefined) {
    const client = await parts.client(requestedBy);
    if (told.captureRunId !== undefined) {
      // It may be gone, or ended.
      await client.call('endCapture', { runId: told.captureRunId, status: 'KILLED' }).catch(() => undefined);
      say({ ...withLine(told, 'the companion was started again: from the first cell'), captureRunId: undefined });
    }
    await parts.noteData(model, recipe);
    modelId = await execute(client, recipe, (change) => say(change(told)), signal);
    say({ ...withLine(told, `logged ${modelId}`), modelId });
  }
  const version = await register(parts.registry(), model, modelId, { signal, caller: requestedBy });
  say({ ...withLine(told, `${model}:${version.version} is the candidate`), version: version.version });
  if (recipe.auto && told.promotion === undefined) {
    const { promotion, line } = await promoteCandidate(await parts.client(requestedBy), { ...asked, version: version.version });
    say({ ...withLine(told, line), ...(promotion === undefined ? {} : { promotion }) });
  }
}

/** @returns the id of the model that was logged last */
async function execute(client: CompanionClient, { notebook, parameters, python, kernel, deadlineMinutes }: Recipe, change: (how: (told: Told) => Told) => void, signal: AbortSignal): Promise<string> {
  const late = AbortSignal.timeout(deadlineMinutes * 60_000);
  change((told) => ({ ...told, message: 'Starting the kernel' }));
  try {
    const { results } = await executeNotebook(client, {
      notebook,
      parameters,
      python,
      ...(kernel === undefined ? {} : { kernel }),
      captured: (captureRunId) => change((told) => ({ ...told, captureRunId })),
      progress: (line) => change((told) => withLine(told, line)),
      signal: AbortSignal.any([signal, late]),
    });
    const logged = results.flatMap(({ models }) => models).at(-1);
    if (logged === undefined) {
      throw new Problem('conflict', `${notebook} ran to its end and logged no model in a run.`, { remedy: 'Log it inside of "with mlflow.start_run():".' });
    }
    return logged.modelId;
  } catch (error) {
    throw late.aborted && !signal.aborted ? new CallFailure('work-failed', `It took longer than ${deadlineMinutes} minutes.`, { remedy: 'Raise retraining.deadlineMinutes in the policy.', cause: error }) : error;
  }
}

/** The version of the logged model, which the notebook may have registered itself, as the candidate. */
async function register(registry: ReturnType<RetrainParts['registry']>, name: string, modelId: string, call: CallContext): Promise<ModelVersion> {
  const made = (await versionsOf(registry, name, call)).find((version) => version.modelId === modelId);
  if (made === undefined) {
    const registered = registry.registerVersion({ name, source: { kind: 'logged-model', modelId }, description: '', aliases: [candidateAlias], tags: {} }, call);
    return wholeAnswer(await registered, (value) => registryRoutes.registerVersion.output.parse(value));
  }
  if (!made.aliases.includes(candidateAlias)) {
    await registry.setAlias({ name, alias: candidateAlias, version: made.version }, call);
  }
  return made;
}

/** The versions of a registered model; none of one that there is not. */
export async function versionsOf(registry: Pick<RegistryStore, 'getModel'>, name: string, call: CallContext): Promise<readonly ModelVersion[]> {
  try {
    const found = await wholeAnswer(await registry.getModel({ name }, call), (value) => registryRoutes.getModel.output.parse(value));
    return found.versions;
  } catch (error) {
    if (Problem.is(error, 'not-found')) {
      return [];
    }
    throw error;
  }
}
