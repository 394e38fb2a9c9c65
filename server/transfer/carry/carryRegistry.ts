import type { CarriedVersion } from '../../mlflow/client/carried.ts';
import type { Carrying } from './carrying.ts';

/** What a version was made of, as the target names it. */
function relocateSource({ runIds, modelIds, locations }: Carrying, text: string): string {
  const named = text
    .replace(/^(runs:\/+)([0-9a-f]{32})/, (_whole, scheme: string, id: string) => `${scheme}${runIds.get(id) ?? id}`)
    .replace(/^(models:\/+)(m-[\w-]+)/, (_whole, scheme: string, id: string) => `${scheme}${modelIds.get(id) ?? id}`);
  return /^(?:runs|models):/.test(text) ? named : locations.relocate(text);
}

function placeVersion(work: Carrying, version: CarriedVersion): CarriedVersion {
  const { runIds, modelIds, locations } = work;
  return {
    ...version,
    source: relocateSource(work, version.source),
    location: locations.relocate(version.location),
    runId: version.runId === undefined ? undefined : (runIds.get(version.runId) ?? version.runId),
    modelId: version.modelId === undefined ? undefined : (modelIds.get(version.modelId) ?? version.modelId),
  };
}

/** Carries registered models with their versions and aliases. */
export async function carryRegistry(work: Carrying): Promise<void> {
  const { source, target, findings, registeredModelsInConflict, refused } = work;
  const { added } = findings;
  for await (const model of source.registeredModels()) {
    work.progress('registry', model.name);
    const placed = await work.attempt('registered model', model.name, async () =>
      target.registeredModel({ ...model, versions: model.versions.map((version) => placeVersion(work, version)) }),
    );
    if (placed === undefined) {
      refused.add(model.name);
      continue;
    }
    const { outcome, findings: messages, versions, aliases, leftOut = new Map<number, string>() } = placed;
    for (const [version, why] of leftOut) {
      refused.add(`${model.name}/${version}`);
      findings.notCarried('version', `${model.name}/${version}`, why);
    }
    if (messages.length > 0) {
      findings.conflict('registered model', model.name, messages);
      registeredModelsInConflict.add(model.name);
    }
    added.registeredModels += outcome === 'added' ? 1 : 0;
    added.versions += versions;
    added.aliases += aliases;
    await work.breathe();
  }
}
