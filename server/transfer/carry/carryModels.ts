import type { CarriedModel, Place } from '../../mlflow/client/carried.ts';
import { carryFiles, filesStay } from './carryFiles.ts';
import type { CarriedPair, Carrying } from './carrying.ts';
import { missingLinks } from './differences.ts';

/** The model with its files in the target, or undefined where it is in conflict. */
async function placeModel(work: Carrying, model: CarriedModel, { experiment, targetId: experimentId }: CarriedPair): Promise<{ targetId: string; uri: string } | undefined> {
  const { target, items, findings, runIds } = work;
  const item = items.find('model', model.id);
  if (item?.done === true) {
    return item;
  }
  const files: Place = { of: 'model', id: model.id, experimentId: experiment.id, uri: model.artifactUri };
  const stays = filesStay(work, files);
  const mapped = {
    ...model,
    sourceRunId: model.sourceRunId === undefined ? undefined : (runIds.get(model.sourceRunId) ?? model.sourceRunId),
    metrics: model.metrics.map((metric) => ({ ...metric, runId: runIds.get(metric.runId) ?? metric.runId })),
  };
  const placed = await target.model(mapped, experimentId, item?.targetId, stays);
  if (!work.note('model', model.id, placed)) {
    return undefined;
  }
  items.put('model', model.id, placed.id, placed.uri);
  findings.added.models += placed.outcome === 'added' ? 1 : 0;
  if (!stays) {
    await carryFiles(work, files, { of: 'model', id: placed.id, experimentId, uri: placed.uri }, placed.outcome === 'added');
  }
  items.setDone('model', model.id);
  await work.breathe();
  return { targetId: placed.id, uri: placed.uri };
}

/** Carries the LoggedModels of the experiments. */
export async function carryModels(work: Carrying): Promise<void> {
  for (const pair of work.experiments) {
    for await (const model of work.source.models(pair.experiment.id)) {
      work.progress('models', model.name);
      const placed = await work.attempt('model', model.id, () => placeModel(work, model, pair));
      if (placed === undefined) {
        continue;
      }
      work.modelIds.set(model.id, placed.targetId);
      work.locations.add(model.id, model.artifactUri, placed.uri);
      if (model.stage === 'deleted' && !work.target.keepsIds) {
        work.deletedModels.add(placed.targetId);
      }
    }
  }
}

/** Carries which models the runs used and made. */
export async function carryLinks(work: Carrying): Promise<void> {
  const { target, modelIds } = work;
  for (const [runId, { experimentId, models }] of work.links) {
    work.progress('links', runId);
    const mapped = models.map((link) => ({ ...link, modelId: modelIds.get(link.modelId) ?? link.modelId }));
    await work.attempt('run', runId, async () => {
      const there = await target.reader.run(experimentId, runId);
      if (there === undefined || missingLinks(mapped, there.models).length > 0) {
        await target.links(experimentId, runId, mapped);
      }
    });
    await work.breathe();
  }
}
