import { carryLinks, carryModels } from './carryModels.ts';
import { beginCarrying, type Carried, type Carrying, type CarryOptions } from './carrying.ts';
import { carryRegistry } from './carryRegistry.ts';
import { carryExperiments } from './carryRuns.ts';
import { tagsOfRuns } from './runTags.ts';

/** Gives runs, models and experiments the state in which nothing more is taken for them. */
async function finish(work: Carrying): Promise<void> {
  const { target, runIds } = work;
  for (const [runId, end] of work.ends) {
    work.progress('registry', runId);
    await target.finishRun(runId, { ...end, tags: tagsOfRuns(end.tags, (id) => runIds.get(id) ?? id) });
    await work.breathe();
  }
  for (const modelId of work.deletedModels) {
    work.progress('registry', modelId);
    await target.finishModel(modelId);
    await work.breathe();
  }
  for (const { experiment, targetId } of work.experiments) {
    await target.finishExperiment(targetId, experiment);
  }
}

/** Puts everything of the source into the target that is not there yet. May be stopped at any moment and started again. */
export async function carry(options: CarryOptions): Promise<Carried> {
  const work = beginCarrying(options);
  await carryExperiments(work);
  await carryModels(work);
  await carryLinks(work);
  await carryRegistry(work);
  await finish(work);
  return work;
}
