import type { CarriedRun, Place } from '../../mlflow/client/carried.ts';
import { carryFiles, filesStay } from './carryFiles.ts';
import type { Carrying } from './carrying.ts';
import { carryPoints } from './carryPoints.ts';
import { tagsOfRuns } from './runTags.ts';

/** The ids that its tags name are those of the source. */
function withoutRuns(run: CarriedRun): CarriedRun {
  const named = tagsOfRuns(run.tags, (id) => id);
  return named.size === 0 ? run : { ...run, tags: new Map([...run.tags].filter(([key]) => !named.has(key))) };
}

/** The run with its points and files in the target, or undefined where it is in conflict. */
async function placeRun(work: Carrying, run: CarriedRun, experimentId: string): Promise<{ targetId: string; uri: string } | undefined> {
  const { target, items, findings: { added } } = work;
  const item = items.find('run', run.id);
  if (item?.done === true) {
    return item;
  }
  const files: Place = { of: 'run', id: run.id, experimentId: run.experimentId, uri: run.artifactUri };
  const stays = filesStay(work, files);
  const placed = await target.run(target.keepsIds ? run : withoutRuns(run), experimentId, item?.targetId, stays);
  if (!work.note('run', run.id, placed)) {
    return undefined;
  }
  items.put('run', run.id, placed.id, placed.uri);
  const isNew = placed.outcome === 'added';
  if (isNew) {
    added.runs += 1;
    added.params += run.params.size;
    added.tags += run.tags.size;
    added.datasets += run.datasets.length;
  }
  await carryPoints(work, run, { experimentId, runId: placed.id, already: isNew ? 0 : (item?.points ?? 0), isNew });
  if (!stays) {
    await carryFiles(work, files, { of: 'run', id: placed.id, experimentId, uri: placed.uri }, isNew);
  }
  items.setDone('run', run.id);
  await work.breathe();
  return { targetId: placed.id, uri: placed.uri };
}

async function carryRun(work: Carrying, run: CarriedRun, experimentId: string): Promise<void> {
  work.countRun();
  work.progress('runs', run.name);
  const placed = await work.attempt('run', run.id, () => placeRun(work, run, experimentId));
  if (placed === undefined) {
    return;
  }
  const { targetId, uri } = placed;
  work.locations.add(run.id, run.artifactUri, uri);
  work.runIds.set(run.id, targetId);
  if (run.models.length > 0) {
    work.links.set(targetId, { experimentId, models: run.models });
  }
  if (!work.target.keepsIds) {
    work.ends.set(targetId, { status: run.status, endedAt: run.endedAt, stage: run.stage, tags: tagsOfRuns(run.tags, (id) => id) });
  }
}

/** Carries experiments with their runs. */
export async function carryExperiments(work: Carrying): Promise<void> {
  const { source, target, items, findings, experiments } = work;
  for await (const experiment of source.experiments()) {
    const placed = await work.attempt('experiment', experiment.name, async () => target.experiment(experiment, items.find('experiment', experiment.id)?.targetId));
    if (placed === undefined) {
      continue;
    }
    work.note('experiment', experiment.name, placed);
    items.put('experiment', experiment.id, placed.id, '');
    findings.added.experiments += placed.outcome === 'added' ? 1 : 0;
    experiments.push({ experiment, targetId: placed.id });
    for await (const run of source.runs(experiment.id)) {
      await carryRun(work, run, placed.id);
    }
  }
}
