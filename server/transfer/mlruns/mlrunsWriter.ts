import { createHash, randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Metric, type ModelLink, modelStatuses } from '../../contract/entities.ts';
import { runConflicts } from '../carry/differences.ts';
import { newEntries } from '../../mlflow/client/missing.ts';
import { writeLocal } from '../../artifacts/localFiles.ts';
import { createMlrunsFiles, isFolderName, writeEntry } from './mlrunsFiles.ts';
import { runStatuses } from './mlrunsMeta.ts';
import { createMlrunsReader, experimentFolder, trash } from './mlrunsReader.ts';
import type { CarriedExperiment, CarriedModel, CarriedRegisteredModel, CarriedRun, CarriedVersion, Place } from '../../mlflow/client/carried.ts';
import type { Placed, PlacedRegisteredModel, StoreWriter } from '../../mlflow/client/storeWriter.ts';

function md5(...parts: readonly string[]): string {
  const hash = createHash('md5');
  parts.forEach((part) => hash.update(part));
  return hash.digest('hex');
}

function line({ at, value, step }: Metric, ...more: readonly string[]): string {
  return [at, value, step, ...more].join(' ');
}

const noFolder = 'a folder cannot have its name';

/** Writes a folder that MLflow reads as its file store (`MLFLOW_ALLOW_FILE_STORE=true` since 3.13); runs and models keep their ids. */
export function createMlrunsWriter(root: string): StoreWriter {
  mkdirSync(path.join(root, trash), { recursive: true });
  const { write, writeMeta, writeEntries } = createMlrunsFiles(path.join(root, trash));
  const reader = createMlrunsReader(root, undefined);
  const uriOf = (...parts: string[]): string => pathToFileURL(path.join(root, ...parts)).href;
  const known = new Map<string, CarriedExperiment>();

  /** What a metric's file holds, for the run that is written. */
  let held = { run: '', keys: new Map<string, Set<string>>() };
  const heldOf = (run: string, file: string): Set<string> => {
    if (held.run !== run) {
      held = { run, keys: new Map() };
    }
    const lines = held.keys.get(file) ?? new Set(existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []);
    held.keys.set(file, lines);
    return lines;
  };
  const append = (owner: string, file: string, lines: readonly string[]): void => {
    const there = heldOf(owner, file);
    const added = lines.filter((text) => !there.has(text));
    if (added.length === 0) {
      return;
    }
    mkdirSync(path.dirname(file), { recursive: true });
    // A line that a killed process left without its end is closed; MLflow passes over an empty one.
    appendFileSync(file, `${added.join('\n')}\n`);
    added.forEach((text) => there.add(text));
  };

  const writeRunMeta = (folder: string, run: CarriedRun, experimentId: string, artifactUri: string): void => {
    writeMeta(folder, {
      artifact_uri: artifactUri,
      end_time: run.endedAt ?? null,
      entry_point_name: '',
      experiment_id: experimentId,
      lifecycle_stage: run.stage,
      run_id: run.id,
      run_name: run.name,
      run_uuid: run.id,
      source_name: '',
      source_type: 4,
      source_version: '',
      start_time: run.startedAt,
      status: runStatuses.indexOf(run.status) + 1,
      tags: [],
      user_id: run.user,
      ...(run.stage === 'deleted' ? { deleted_time: run.deletedAt ?? run.endedAt ?? run.startedAt } : {}),
    });
  };
  const writeDatasets = (experiment: string, run: CarriedRun, datasets: CarriedRun['datasets']): void => {
    for (const { dataset, tags } of datasets) {
      const id = md5(dataset.name, dataset.digest);
      const { sourceType, schema, profile, ...rest } = dataset;
      writeMeta(path.join(experiment, 'datasets', id), { ...rest, source_type: sourceType, schema: schema ?? null, profile: profile ?? null });
      writeMeta(path.join(experiment, run.id, 'inputs', md5(id, run.id)), {
        source_type: 'DATASET',
        source_id: id,
        destination_type: 'RUN',
        destination_id: id,
        tags,
      });
    }
  };
  const writeVersion = (folder: string, name: string, version: CarriedVersion): void => {
    const own = path.join(folder, `version-${version.version}`);
    writeEntries(path.join(own, 'tags'), version.tags);
    writeMeta(own, {
      creation_timestamp: version.createdAt,
      current_stage: version.deleted ? 'Deleted_Internal' : version.stage,
      deployment_job_state: null,
      description: version.description ?? null,
      last_updated_timestamp: version.updatedAt,
      model_id: version.modelId ?? null,
      name,
      run_id: version.runId ?? null,
      run_link: version.runLink ?? null,
      source: version.source,
      status: 'READY',
      status_message: null,
      storage_location: version.location,
      user_id: version.user ?? null,
      version: version.version,
    });
  };
  const freeId = (wanted: string): string => {
    let id = wanted;
    while (!isFolderName(id) || existsSync(path.join(experimentFolder(root, id), 'meta.yaml'))) {
      id = String(BigInt(`0x${randomUUID().replaceAll('-', '').slice(0, 14)}`));
    }
    return id;
  };

  return {
    reader,
    keepsIds: true,
    async experiment(experiment) {
      if (known.size === 0) {
        for await (const one of reader.experiments()) {
          known.set(one.name, one);
        }
      }
      const there = known.get(experiment.name);
      if (there !== undefined) {
        writeEntries(path.join(experimentFolder(root, there.id), 'tags'), newEntries(experiment.tags, there.tags));
        return { id: there.id, uri: '', outcome: 'present', findings: [] };
      }
      const id = freeId(experiment.id);
      const folder = path.join(root, ...(experiment.stage === 'deleted' ? [trash] : []), id);
      writeEntries(path.join(folder, 'tags'), experiment.tags);
      writeMeta(folder, {
        artifact_location: uriOf(id),
        creation_time: experiment.createdAt,
        experiment_id: id,
        last_update_time: experiment.updatedAt,
        lifecycle_stage: experiment.stage,
        name: experiment.name,
      });
      known.set(experiment.name, { ...experiment, id });
      return { id, uri: '', outcome: 'added', findings: [] };
    },
    async run(run, experimentId, _known, filesStay): Promise<Placed> {
      if (!isFolderName(run.id)) {
        return { id: run.id, uri: '', outcome: 'conflict', findings: [noFolder] };
      }
      const experiment = experimentFolder(root, experimentId);
      const folder = path.join(experiment, run.id);
      const there = await reader.run(experimentId, run.id);
      const artifactUri = there?.artifactUri ?? (filesStay ? run.artifactUri : uriOf(experimentId, run.id, 'artifacts'));
      const conflicts = there === undefined ? [] : runConflicts(run, there);
      if (conflicts.length > 0) {
        return { id: run.id, uri: artifactUri, outcome: 'conflict', findings: conflicts };
      }
      writeEntries(path.join(folder, 'params'), there === undefined ? run.params : newEntries(run.params, there.params));
      writeEntries(path.join(folder, 'tags'), there === undefined ? run.tags : newEntries(run.tags, there.tags));
      const datasets = new Set(there?.datasets.map(({ dataset }) => `${dataset.name} ${dataset.digest}`));
      writeDatasets(experiment, run, run.datasets.filter(({ dataset }) => !datasets.has(`${dataset.name} ${dataset.digest}`)));
      if (there === undefined || (there.status === 'RUNNING' && run.status !== 'RUNNING')) {
        for (const name of ['metrics', 'params', 'artifacts']) {
          mkdirSync(path.join(folder, name), { recursive: true });
        }
        writeRunMeta(folder, there === undefined ? run : { ...there, status: run.status, endedAt: run.endedAt }, experimentId, artifactUri);
      }
      return { id: run.id, uri: artifactUri, outcome: there === undefined ? 'added' : 'present', findings: [] };
    },
    points(experimentId, runId, points, written) {
      const folder = path.join(experimentFolder(root, experimentId), runId, 'metrics');
      const byKey = new Map<string, string[]>();
      for (const point of points) {
        const lines = byKey.get(point.key) ?? [];
        lines.push(line(point));
        byKey.set(point.key, lines);
      }
      for (const [key, lines] of byKey) {
        writeEntry(folder, key, (file) => append(runId, file, lines));
      }
      written();
    },
    async model(model: CarriedModel, experimentId, _known, filesStay): Promise<Placed> {
      if (!isFolderName(model.id)) {
        return { id: model.id, uri: '', outcome: 'conflict', findings: [noFolder] };
      }
      const folder = path.join(experimentFolder(root, experimentId), 'models', model.id);
      const there = await reader.model(experimentId, model.id);
      const artifactUri = there?.artifactUri ?? (filesStay ? model.artifactUri : uriOf(experimentId, 'models', model.id, 'artifacts'));
      if (there !== undefined && (there.name !== model.name || there.createdAt !== model.createdAt)) {
        return { id: model.id, uri: artifactUri, outcome: 'conflict', findings: ['another model has this id'] };
      }
      writeEntries(path.join(folder, 'params'), there === undefined ? model.params : newEntries(model.params, there.params));
      writeEntries(path.join(folder, 'tags'), there === undefined ? model.tags : newEntries(model.tags, there.tags));
      mkdirSync(path.join(folder, 'metrics'), { recursive: true });
      for (const metric of model.metrics) {
        const { datasetName: name, datasetDigest: digest, runId } = metric;
        // MLflow splits the line at spaces.
        const dataset = name === undefined || digest === undefined || /\s/.test(name + digest) ? [] : [name, digest];
        writeEntry(path.join(folder, 'metrics'), metric.key, (file) => append(model.id, file, [line(metric, runId, ...dataset)]));
      }
      if (there === undefined) {
        writeMeta(folder, {
          artifact_location: artifactUri,
          creation_timestamp: model.createdAt,
          experiment_id: experimentId,
          last_updated_timestamp: model.updatedAt,
          lifecycle_stage: model.stage,
          model_id: model.id,
          model_type: model.type ?? null,
          name: model.name,
          source_run_id: model.sourceRunId ?? null,
          status: modelStatuses.indexOf(model.status) + 1,
          status_message: model.statusMessage ?? null,
        });
      }
      return { id: model.id, uri: artifactUri, outcome: there === undefined ? 'added' : 'present', findings: [] };
    },
    links(experimentId, runId, models: readonly ModelLink[]) {
      const folder = path.join(experimentFolder(root, experimentId), runId);
      for (const { direction, modelId, step } of models) {
        const link = { source_id: modelId, destination_id: modelId, tags: {} };
        if (direction === 'input') {
          writeMeta(path.join(folder, 'inputs', md5(modelId, runId)), { ...link, source_type: 'MODEL', destination_type: 'RUN' });
        } else if (isFolderName(modelId)) {
          writeMeta(path.join(folder, 'outputs', modelId), { ...link, source_type: 'RUN_OUTPUT', destination_type: 'MODEL_OUTPUT', step });
        }
      }
    },
    async file(place: Place, name, content) {
      const owner = path.join(experimentFolder(root, place.experimentId), ...(place.of === 'run' ? [place.id] : ['models', place.id]), 'artifacts');
      const file = path.join(owner, ...name.split('/'));
      await writeLocal(file, path.join(root, trash), content);
    },
    finishRun: () => undefined,
    finishModel: () => undefined,
    finishExperiment: () => undefined,
    async registeredModel(model: CarriedRegisteredModel): Promise<PlacedRegisteredModel> {
      if (!isFolderName(model.name)) {
        return { outcome: 'present', findings: [noFolder], versions: 0, aliases: 0 };
      }
      const folder = path.join(root, 'models', model.name);
      const there = await reader.registeredModel(model.name);
      const versionsThere = new Map(there?.versions.map((version) => [version.version, version]));
      const findings: string[] = [];
      let versions = 0;
      let aliases = 0;
      writeEntries(path.join(folder, 'tags'), newEntries(model.tags, there?.tags ?? new Map()));
      if (there === undefined) {
        writeMeta(folder, {
          creation_timestamp: model.createdAt,
          description: model.description ?? null,
          last_updated_timestamp: model.updatedAt,
          name: model.name,
        });
      }
      for (const version of model.versions) {
        const other = versionsThere.get(version.version);
        if (other === undefined) {
          writeVersion(folder, model.name, version);
          versions += version.deleted ? 0 : 1;
        } else if (!other.deleted && !version.deleted && other.createdAt !== version.createdAt) {
          findings.push(`version ${version.version} is another one there: not exported`);
        } else {
          writeEntries(path.join(folder, `version-${version.version}`, 'tags'), newEntries(version.tags, other.tags));
        }
      }
      for (const [alias, version] of model.aliases) {
        const other = there?.aliases.get(alias);
        if (other === undefined) {
          writeEntry(path.join(folder, 'aliases'), alias, (file) => {
            write(file, String(version));
            aliases += 1;
          });
        } else if (other !== version) {
          findings.push(`alias "${alias}" is version ${other} there, ${version} here: left as it is`);
        }
      }
      return { outcome: there === undefined ? 'added' : 'present', findings, versions, aliases };
    },
  };
}
