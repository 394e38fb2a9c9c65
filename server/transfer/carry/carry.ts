import { setTimeout as wait } from 'node:timers/promises';
import type { TransferPhase } from '../../contract/transfer.ts';
import type { Metric, ModelLink } from '../../contract/entities.ts';
import { digestPoints, missingLinks, missingPoints, tagsOfRuns } from './differences.ts';
import { readable, whyLeft } from './filesLeft.ts';
import type { Findings } from './findings.ts';
import type { CarriedExperiment, CarriedModel, CarriedRegisteredModel, CarriedRun, CarriedVersion, Place } from '../../mlflow/client/carried.ts';
import type { Placed, RunEnd, StoreWriter } from '../../mlflow/client/storeWriter.ts';
import type { StoreReader } from '../../mlflow/client/storeReader.ts';
import type { TransferItems } from '../transferTable.ts';

export interface CarryOptions {
  readonly source: StoreReader;
  readonly target: StoreWriter;
  readonly items: TransferItems;
  readonly findings: Findings;
  readonly signal: AbortSignal;
  /** Says that something was done; cheap to call. */
  readonly progress: (phase: TransferPhase, message: string, runs: number) => void;
}

export interface CarriedPair {
  readonly experiment: CarriedExperiment;
  readonly targetId: string;
}

/** What the comparison at the end needs to know about what was carried. */
export interface Carried {
  readonly experiments: readonly CarriedPair[];
  /** Target ids of runs and models by the source's; what is in conflict has none. */
  readonly runIds: ReadonlyMap<string, string>;
  readonly modelIds: ReadonlyMap<string, string>;
  /** Runs and models whose files stayed where they are. */
  readonly filesStayed: ReadonlySet<string>;
  /** Single files (`ID/PATH` of the source) that could not be carried: each is a conflict. */
  readonly filesLeft: ReadonlySet<string>;
  readonly registeredModelsInConflict: ReadonlySet<string>;
}

/** The ids that its tags name are those of the source. */
function withoutRuns(run: CarriedRun): CarriedRun {
  const named = tagsOfRuns(run.tags, (id) => id);
  return named.size === 0 ? run : { ...run, tags: new Map([...run.tags].filter(([key]) => !named.has(key))) };
}

const batch = 1000;
/** The pause after a batch, in milliseconds: the companion's own writes come in between. */
const pause = 1;

/** Puts everything of the source into the target that is not there yet. May be stopped at any moment and started again. */
export async function carry({ source, target, items, findings, signal, progress }: CarryOptions): Promise<Carried> {
  const { added } = findings;
  const experiments: CarriedPair[] = [];
  const runIds = new Map<string, string>();
  const modelIds = new Map<string, string>();
  const filesStayed = new Set<string>();
  const filesLeft = new Set<string>();
  const registeredModelsInConflict = new Set<string>();
  const links = new Map<string, { experimentId: string; models: readonly ModelLink[] }>();
  const ends = new Map<string, RunEnd>();
  const deletedModels = new Set<string>();
  const locations = new Map<string, string>();
  /** A location with and without its scheme is the same. */
  const plain = (location: string): string => location.replace(/^file:\/\//, '').replace(/\/+$/, '');
  const place = (id: string, from: string, to: string): void => {
    locations.set(plain(from), to);
    // As `runs:/ID/path` and `models:/ID` name them.
    locations.set(id, to);
  };
  let runs = 0;

  /** Lets messages in, such as the one that cancels. */
  const breathe = async (): Promise<void> => {
    await wait(pause);
    signal.throwIfAborted();
  };

  async function* untilStopped(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of readable(content)) {
      signal.throwIfAborted();
      yield chunk;
    }
  }

  const carryPoints = async (run: CarriedRun, experimentId: string, runId: string, already: number, isNew: boolean): Promise<void> => {
    const there = !isNew && already === 0 ? await target.reader.run(experimentId, runId) : undefined;
    // A server takes nothing more for a deleted run: what it lacks is told by the comparison at the end.
    if (there?.stage === 'deleted' && !target.keepsIds) {
      return;
    }
    if (there !== undefined) {
      const [ours, theirs] = [await digestPoints(source.points(run)), await digestPoints(target.reader.points(there))];
      if (ours.count === theirs.count && ours.digest === theirs.digest) {
        return;
      }
      added.metrics += (await missingPoints(source.points(run), target.reader.points(there))).missing;
    }
    let seen = 0;
    let gathered: Metric[] = [];
    const flush = async (): Promise<void> => {
      const upTo = seen;
      await target.points(experimentId, runId, gathered, () => items.setPoints(run.id, upTo));
      added.metrics += there === undefined ? gathered.length : 0;
      gathered = [];
      progress('runs', run.name, runs);
      await breathe();
    };
    for await (const lot of source.points(run)) {
      for (const point of lot) {
        seen += 1;
        if (seen <= already) {
          continue;
        }
        gathered.push(point);
        if (gathered.length >= batch) {
          await flush();
        }
      }
    }
    if (gathered.length > 0) {
      await flush();
    }
  };

  const carryFiles = async (from: Place, to: Place, isNew: boolean): Promise<void> => {
    const there = new Map<string, number | undefined>();
    if (!isNew) {
      for await (const { path, bytes } of target.reader.files(to)) {
        there.set(path, bytes);
      }
    }
    for await (const { path, bytes } of source.files(from)) {
      if (there.has(path)) {
        const other = there.get(path);
        if (bytes !== undefined && other !== undefined && other !== bytes) {
          findings.conflict('artifact', `${to.id}/${path}`, [`it has ${other} bytes here, ${bytes} in the source: left as it is`]);
        }
        continue;
      }
      signal.throwIfAborted();
      try {
        await target.file(to, path, untilStopped(source.read(from, path)), bytes);
      } catch (error) {
        const why = whyLeft(error);
        if (why === undefined) {
          throw error;
        }
        filesLeft.add(`${from.id}/${path}`);
        findings.conflict('artifact', `${from.id}/${path}`, [`${why}: left where it is`]);
        continue;
      }
      added.artifacts += 1;
      added.bytes += bytes ?? 0;
      progress(from.of === 'run' ? 'runs' : 'models', path, runs);
    }
  };

  const stays = (files: Place): boolean => {
    if (source.readable(files)) {
      return false;
    }
    filesStayed.add(files.id);
    findings.note(`Files at ${files.uri.replace(/^([a-z][a-z0-9+.-]*:\/*[^/]*).*$/i, '$1')} cannot be read from here and stay where they are.`);
    return true;
  };
  const note = (kind: string, id: string, { outcome, findings: messages }: Placed): boolean => {
    if (messages.length > 0) {
      findings.conflict(kind, id, messages);
    }
    return outcome !== 'conflict';
  };

  const carryRun = async (run: CarriedRun, experimentId: string): Promise<void> => {
    runs += 1;
    progress('runs', run.name, runs);
    const item = items.find('run', run.id);
    let targetId = item?.targetId;
    if (item?.done !== true) {
      const files: Place = { of: 'run', id: run.id, experimentId: run.experimentId, uri: run.artifactUri };
      const filesStay = stays(files);
      const placed = await target.run(target.keepsIds ? run : withoutRuns(run), experimentId, item?.targetId, filesStay);
      if (!note('run', run.id, placed)) {
        return;
      }
      targetId = placed.id;
      items.put('run', run.id, placed.id, placed.uri);
      const isNew = placed.outcome === 'added';
      if (isNew) {
        added.runs += 1;
        added.params += run.params.size;
        added.tags += run.tags.size;
        added.datasets += run.datasets.length;
      }
      await carryPoints(run, experimentId, placed.id, isNew ? 0 : (item?.points ?? 0), isNew);
      if (!filesStay) {
        await carryFiles(files, { of: 'run', id: placed.id, experimentId, uri: placed.uri }, isNew);
      }
      items.setDone('run', run.id);
      place(run.id, run.artifactUri, placed.uri);
      await breathe();
    } else {
      place(run.id, run.artifactUri, item.uri);
    }
    if (targetId === undefined) {
      return;
    }
    runIds.set(run.id, targetId);
    if (run.models.length > 0) {
      links.set(targetId, { experimentId, models: run.models });
    }
    if (!target.keepsIds) {
      ends.set(targetId, { status: run.status, endedAt: run.endedAt, stage: run.stage, tags: tagsOfRuns(run.tags, (id) => id) });
    }
  };

  for await (const experiment of source.experiments()) {
    const placed = await target.experiment(experiment, items.find('experiment', experiment.id)?.targetId);
    note('experiment', experiment.name, placed);
    items.put('experiment', experiment.id, placed.id, '');
    added.experiments += placed.outcome === 'added' ? 1 : 0;
    experiments.push({ experiment, targetId: placed.id });
    for await (const run of source.runs(experiment.id)) {
      await carryRun(run, placed.id);
    }
  }

  const noteDeletion = ({ stage }: CarriedModel, targetId: string): void => {
    if (stage === 'deleted' && !target.keepsIds) {
      deletedModels.add(targetId);
    }
  };
  const runIdOf = (id: string): string => runIds.get(id) ?? id;
  for (const { experiment, targetId } of experiments) {
    for await (const model of source.models(experiment.id)) {
      progress('models', model.name, runs);
      const item = items.find('model', model.id);
      if (item?.done === true) {
        modelIds.set(model.id, item.targetId);
        noteDeletion(model, item.targetId);
        place(model.id, model.artifactUri, item.uri);
        continue;
      }
      const files: Place = { of: 'model', id: model.id, experimentId: experiment.id, uri: model.artifactUri };
      const filesStay = stays(files);
      const mapped = {
        ...model,
        sourceRunId: model.sourceRunId === undefined ? undefined : runIdOf(model.sourceRunId),
        metrics: model.metrics.map((metric) => ({ ...metric, runId: runIdOf(metric.runId) })),
      };
      const placed = await target.model(mapped, targetId, item?.targetId, filesStay);
      if (!note('model', model.id, placed)) {
        continue;
      }
      items.put('model', model.id, placed.id, placed.uri);
      added.models += placed.outcome === 'added' ? 1 : 0;
      if (!filesStay) {
        await carryFiles(files, { of: 'model', id: placed.id, experimentId: targetId, uri: placed.uri }, placed.outcome === 'added');
      }
      items.setDone('model', model.id);
      modelIds.set(model.id, placed.id);
      noteDeletion(model, placed.id);
      place(model.id, model.artifactUri, placed.uri);
      await breathe();
    }
  }

  for (const [runId, { experimentId, models }] of links) {
    progress('links', runId, runs);
    const mapped = models.map((link) => ({ ...link, modelId: modelIds.get(link.modelId) ?? link.modelId }));
    const there = await target.reader.run(experimentId, runId);
    if (there === undefined || missingLinks(mapped, there.models).length > 0) {
      await target.links(experimentId, runId, mapped);
    }
    await breathe();
  }

  const relocate = (original: string): string => {
    const location = plain(original).replace(/^(?:runs|models):\/+(?=[0-9a-f]{32}|m-)/, '');
    for (let end = location.length; end > 0; end = location.lastIndexOf('/', end - 1)) {
      const found = locations.get(location.slice(0, end));
      if (found !== undefined) {
        return `${found.replace(/\/$/, '')}${location.slice(end)}`;
      }
    }
    return original;
  };
  const relocateSource = (text: string): string => {
    const named = text
      .replace(/^(runs:\/+)([0-9a-f]{32})/, (_whole, scheme: string, id: string) => `${scheme}${runIdOf(id)}`)
      .replace(/^(models:\/+)(m-[\w-]+)/, (_whole, scheme: string, id: string) => `${scheme}${modelIds.get(id) ?? id}`);
    return /^(?:runs|models):/.test(text) ? named : relocate(text);
  };
  const placeVersion = (version: CarriedVersion): CarriedVersion => ({
    ...version,
    source: relocateSource(version.source),
    location: relocate(version.location),
    runId: version.runId === undefined ? undefined : runIdOf(version.runId),
    modelId: version.modelId === undefined ? undefined : (modelIds.get(version.modelId) ?? version.modelId),
  });
  for await (const model of source.registeredModels()) {
    progress('registry', model.name, runs);
    const placed: CarriedRegisteredModel = { ...model, versions: model.versions.map(placeVersion) };
    const { outcome, findings: messages, versions, aliases } = await target.registeredModel(placed);
    if (messages.length > 0) {
      findings.conflict('registered model', model.name, messages);
      registeredModelsInConflict.add(model.name);
    }
    added.registeredModels += outcome === 'added' ? 1 : 0;
    added.versions += versions;
    added.aliases += aliases;
    await breathe();
  }

  for (const [runId, end] of ends) {
    progress('registry', runId, runs);
    await target.finishRun(runId, { ...end, tags: tagsOfRuns(end.tags, runIdOf) });
    await breathe();
  }
  for (const modelId of deletedModels) {
    progress('registry', modelId, runs);
    await target.finishModel(modelId);
    await breathe();
  }
  for (const { experiment, targetId } of experiments) {
    await target.finishExperiment(targetId, experiment);
  }
  return { experiments, runIds, modelIds, filesStayed, filesLeft, registeredModelsInConflict };
}
