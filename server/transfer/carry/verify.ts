import { setImmediate as breathe } from 'node:timers/promises';
import type { TransferPhase } from '../../contract/transfer.ts';
import type { CarriedExperiment, CarriedModel, CarriedRegisteredModel, CarriedRun, Place } from '../../mlflow/client/carried.ts';
import type { StoreReader } from '../../mlflow/client/storeReader.ts';
import { sha256Of } from '../../platform/hash.ts';
import type { Carried } from './carrying.ts';
import { experimentDifferences, missingLinks, modelDifferences, registeredModelDifferences, runDifferences } from './differences.ts';
import type { Counter, Findings } from './findings.ts';
import { digestPoints, missingPoints } from './pointDigests.ts';
import { tagsOfRuns } from './runTags.ts';

export interface VerifyOptions {
  readonly source: StoreReader;
  readonly target: StoreReader;
  readonly carried: Carried;
  readonly findings: Findings;
  readonly how: 'digests' | 'sizes';
  readonly signal: AbortSignal;
  readonly progress: (phase: TransferPhase, message: string, runs: number) => void;
}

/** How many entries of the source the target has with the same value. */
function shared(source: ReadonlyMap<string, string>, target: ReadonlyMap<string, string>): number {
  return [...source].filter(([key, value]) => target.get(key) === value).length;
}

function countRun(counter: Counter, run: CarriedRun): void {
  counter.runs += 1;
  counter.params += run.params.size;
  counter.tags += run.tags.size;
  counter.datasets += run.datasets.length;
}

function countRegisteredModel(counter: Counter, model: CarriedRegisteredModel): void {
  counter.registeredModels += 1;
  counter.versions += model.versions.filter(({ deleted }) => !deleted).length;
  counter.aliases += model.aliases.size;
}

async function compareFiles({ source, target, carried, findings, how, signal }: VerifyOptions, from: Place, to: Place): Promise<void> {
  const { source: held, target: found } = findings;
  const there = new Map<string, number | undefined>();
  for await (const { path, bytes } of target.files(to)) {
    there.set(path, bytes);
  }
  for await (const { path, bytes } of source.files(from)) {
    signal.throwIfAborted();
    held.artifacts += 1;
    held.bytes += bytes ?? 0;
    const other = there.get(path);
    const name = `${from.id}/${path}`;
    if (carried.filesLeft.has(name)) {
      continue;
    }
    if (!there.has(path)) {
      findings.difference('artifact', name, ['is missing']);
    } else if (bytes !== undefined && other !== undefined && bytes !== other) {
      findings.difference('artifact', name, [`has ${other} bytes, not ${bytes}`]);
    } else if (how === 'digests' && (await sha256Of(source.read(from, path))) !== (await sha256Of(target.read(to, path)))) {
      findings.difference('artifact', name, ['has another sha256']);
    } else {
      found.artifacts += 1;
      found.bytes += other ?? bytes ?? 0;
    }
  }
}

async function comparePoints({ source, target, findings }: VerifyOptions, run: CarriedRun, there: CarriedRun): Promise<void> {
  const { source: held, target: found } = findings;
  const ours = await digestPoints(source.points(run));
  const theirs = await digestPoints(target.points(there));
  if (ours.count === theirs.count && ours.digest === theirs.digest) {
    held.metrics += ours.count;
    found.metrics += theirs.count;
    return;
  }
  // A store of files may hold a point twice, and the target may hold more.
  const { count, missing } = await missingPoints(source.points(run), target.points(there));
  held.metrics += count;
  found.metrics += count - missing;
  if (missing > 0) {
    findings.difference('run', run.id, [`${missing} of ${count} metric points are missing`]);
  }
}

async function compareRun(options: VerifyOptions, given: CarriedRun, experimentId: string): Promise<void> {
  const { target, carried, findings } = options;
  const { source: held, target: found } = findings;
  const run = { ...given, tags: new Map([...given.tags, ...tagsOfRuns(given.tags, (id) => carried.runIds.get(id) ?? id)]) };
  countRun(held, run);
  const id = carried.runIds.get(run.id);
  if (id === undefined) {
    return;
  }
  const there = await target.run(experimentId, id);
  if (there === undefined) {
    findings.difference('run', run.id, ['is missing']);
    return;
  }
  const links = run.models.map((link) => ({ ...link, modelId: carried.modelIds.get(link.modelId) ?? link.modelId }));
  findings.difference('run', run.id, [...runDifferences(run, there), ...missingLinks(links, there.models)]);
  found.runs += 1;
  found.params += shared(run.params, there.params);
  found.tags += shared(run.tags, there.tags);
  const datasets = new Set(there.datasets.map(({ dataset }) => `${dataset.name} ${dataset.digest}`));
  found.datasets += run.datasets.filter(({ dataset }) => datasets.has(`${dataset.name} ${dataset.digest}`)).length;
  await comparePoints(options, run, there);
  if (!carried.filesStayed.has(run.id)) {
    const from: Place = { of: 'run', id: run.id, experimentId: run.experimentId, uri: run.artifactUri };
    await compareFiles(options, from, { of: 'run', id, experimentId, uri: there.artifactUri });
  }
}

async function compareModel(options: VerifyOptions, model: CarriedModel, experimentId: string): Promise<void> {
  const { target, carried, findings } = options;
  findings.source.models += 1;
  const id = carried.modelIds.get(model.id);
  const there = id === undefined ? undefined : await target.model(experimentId, id);
  if (id === undefined || there === undefined) {
    findings.difference('model', model.id, id === undefined ? [] : ['is missing']);
    return;
  }
  findings.target.models += 1;
  findings.difference('model', model.id, modelDifferences(model, there, (runId) => carried.runIds.get(runId) ?? runId));
  if (!carried.filesStayed.has(model.id)) {
    const from: Place = { of: 'model', id: model.id, experimentId: model.experimentId, uri: model.artifactUri };
    await compareFiles(options, from, { of: 'model', id, experimentId, uri: there.artifactUri });
  }
}

async function compareExperiments(options: VerifyOptions): Promise<void> {
  const { source, target, carried, findings, signal, progress } = options;
  const there = new Map<string, CarriedExperiment>();
  for await (const experiment of target.experiments()) {
    there.set(experiment.id, experiment);
  }
  let runs = 0;
  for (const { experiment, targetId } of carried.experiments) {
    findings.source.experiments += 1;
    findings.target.experiments += there.has(targetId) ? 1 : 0;
    findings.difference('experiment', experiment.name, experimentDifferences(experiment, there.get(targetId)));
    for await (const run of source.runs(experiment.id)) {
      signal.throwIfAborted();
      runs += 1;
      progress('verify', run.name, runs);
      await compareRun(options, run, targetId);
      await breathe();
    }
    for await (const model of source.models(experiment.id)) {
      signal.throwIfAborted();
      await compareModel(options, model, targetId);
    }
  }
}

async function compareRegistry({ source, target, carried, findings }: VerifyOptions): Promise<void> {
  const found = findings.target;
  for await (const model of source.registeredModels()) {
    countRegisteredModel(findings.source, model);
    if (carried.refused.has(model.name)) {
      continue;
    }
    const there = await target.registeredModel(model.name);
    if (there === undefined) {
      findings.difference('registered model', model.name, ['is missing']);
      continue;
    }
    found.registeredModels += 1;
    const numbers = new Set(there.versions.filter(({ deleted }) => !deleted).map(({ version }) => version));
    found.versions += model.versions.filter(({ version, deleted }) => !deleted && numbers.has(version)).length;
    found.aliases += [...model.aliases].filter(([alias, version]) => there.aliases.get(alias) === version).length;
    const taken = { ...model, versions: model.versions.filter(({ version }) => !carried.refused.has(`${model.name}/${version}`)) };
    // What is in conflict is in the report already.
    if (!carried.registeredModelsInConflict.has(model.name)) {
      findings.difference('registered model', model.name, registeredModelDifferences(taken, there));
    }
  }
}

/** Reads both stores again and compares them: everything that the source holds must be in the target. */
export async function verify(options: VerifyOptions): Promise<void> {
  await compareExperiments(options);
  await compareRegistry(options);
}
