import { missingModelMetrics } from '../../mlflow/client/missing.ts';
import type { CarriedExperiment, CarriedModel, CarriedRegisteredModel, CarriedRun, CarriedVersion } from '../../mlflow/client/carried.ts';

type Entries = ReadonlyMap<string, string>;

/** Params or tags that the target lacks or has with another value. */
export function differingEntries(what: string, source: Entries, target: Entries): string[] {
  const found: string[] = [];
  for (const [key, value] of source) {
    const other = target.get(key);
    if (other === undefined) {
      found.push(`${what} "${key}" is missing`);
    } else if (other !== value) {
      found.push(`${what} "${key}" is "${shorten(other)}", not "${shorten(value)}"`);
    }
  }
  return found;
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

function differing(pairs: readonly (readonly [what: string, source: string | number | undefined, target: string | number | undefined])[]): string[] {
  return pairs.filter(([, source, target]) => source !== target).map(([what, source, target]) => `${what} is ${target ?? 'absent'}, not ${source ?? 'absent'}`);
}

/** What makes two runs of the same id different runs: nothing of one is written into the other then. */
export function runConflicts(source: CarriedRun, target: CarriedRun): string[] {
  const sameParams = new Map([...source.params].filter(([key]) => target.params.has(key)));
  return [...differing([['start time', source.startedAt, target.startedAt]]), ...differingEntries('param', sameParams, target.params)];
}

/** Where two stores' copies of one experiment differ, beside what a target may add. */
export function experimentDifferences(source: CarriedExperiment, target: CarriedExperiment | undefined): string[] {
  return target === undefined ? ['is missing'] : [...differing([['lifecycle', source.stage, target.stage]]), ...differingEntries('tag', source.tags, target.tags)];
}

/** Where two stores' copies of one run differ, beside what a target may add. */
export function runDifferences(source: CarriedRun, target: CarriedRun): string[] {
  const datasets = new Map(target.datasets.map((input) => [`${input.dataset.name} ${input.dataset.digest}`, input]));
  return [
    ...differing([
      ['start time', source.startedAt, target.startedAt],
      ['end time', source.endedAt, target.endedAt],
      ['status', source.status, target.status],
      ['name', source.name, target.name],
      ['user', source.user, target.user],
      ['lifecycle', source.stage, target.stage],
    ]),
    ...differingEntries('param', source.params, target.params),
    ...differingEntries('tag', source.tags, target.tags),
    ...source.datasets.flatMap(({ dataset, tags }) => {
      const other = datasets.get(`${dataset.name} ${dataset.digest}`);
      if (other === undefined) {
        return [`dataset "${dataset.name}" ${dataset.digest} is missing`];
      }
      return [
        ...differing([
          [`source type of dataset "${dataset.name}"`, dataset.sourceType, other.dataset.sourceType],
          [`source of dataset "${dataset.name}"`, dataset.source, other.dataset.source],
          [`schema of dataset "${dataset.name}"`, dataset.schema, other.dataset.schema],
          [`profile of dataset "${dataset.name}"`, dataset.profile, other.dataset.profile],
        ]),
        ...differingEntries(`tag of dataset "${dataset.name}"`, new Map(Object.entries(tags)), new Map(Object.entries(other.tags))),
      ];
    }),
  ];
}

/** Links of a run that the target lacks; model ids are the target's on both sides. */
export function missingLinks(source: CarriedRun['models'], target: CarriedRun['models']): string[] {
  const known = new Set(target.map(({ direction, modelId }) => `${direction} ${modelId}`));
  return source.filter(({ direction, modelId }) => !known.has(`${direction} ${modelId}`)).map(({ direction, modelId }) => `model ${direction} ${modelId} is missing`);
}

/** @param runId names a run of the source as the target does */
export function modelDifferences(source: CarriedModel, target: CarriedModel, runId: (id: string) => string): string[] {
  return [
    ...differing([
      ['name', source.name, target.name],
      ['type', source.type, target.type],
      ['status', source.status, target.status],
      ['lifecycle', source.stage, target.stage],
      ['source run', source.sourceRunId === undefined ? undefined : runId(source.sourceRunId), target.sourceRunId],
    ]),
    ...differingEntries('param', source.params, target.params),
    // MLflow keeps there, and each server anew, which versions were registered of it.
    ...differingEntries('tag', new Map([...source.tags].filter(([key]) => key !== 'mlflow.modelVersions')), target.tags),
    ...missingModelMetrics(source, target, runId).map(({ key, step }) => `metric "${key}" at step ${step} is missing`),
  ];
}

export function versionDifferences(source: CarriedVersion, target: CarriedVersion | undefined): string[] {
  const name = `version ${source.version}`;
  if (target === undefined) {
    return source.deleted ? [] : [`${name} is missing`];
  }
  if (source.deleted || target.deleted) {
    return source.deleted === target.deleted ? [] : [`${name} is ${target.deleted ? '' : 'not '}deleted`];
  }
  return [
    ...differing([
      [`stage of ${name}`, source.stage, target.stage],
      [`description of ${name}`, source.description ?? '', target.description ?? ''],
    ]),
    ...differingEntries(`tag of ${name}`, source.tags, target.tags),
  ];
}

export function registeredModelDifferences(source: CarriedRegisteredModel, target: CarriedRegisteredModel): string[] {
  const versions = new Map(target.versions.map((version) => [version.version, version]));
  const aliases = (model: CarriedRegisteredModel): Map<string, string> => new Map([...model.aliases].map(([alias, version]) => [alias, String(version)]));
  return [
    ...differing([['description', source.description ?? '', target.description ?? '']]),
    ...differingEntries('tag', source.tags, target.tags),
    ...source.versions.flatMap((version) => versionDifferences(version, versions.get(version.version))),
    ...differingEntries('alias', aliases(source), aliases(target)),
  ];
}
