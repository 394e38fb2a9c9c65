import type { Metric } from '../contract/entities.ts';
import type { CarriedExperiment, CarriedModel, CarriedRegisteredModel, CarriedRun, CarriedVersion } from '../mlflow/client/carried.ts';
import { whyOfOne, type PassOver } from '../mlflow/client/passedOver.ts';
import { Problem } from '../platform/errors.ts';
import { checkPlainName, isPlain } from '../platform/plainName.ts';
import { checkAlias } from '../registry/local/aliases.ts';
import { checkNewModelName } from '../registry/local/registeredModels.ts';
import { checkExperimentName } from '../tracking/local/experiments.ts';
import { checkLoggedModelName } from '../tracking/local/loggedModels.ts';

type Entries = ReadonlyMap<string, string>;

/** As MLflow has ids (mlflow/utils/validation.py): they become parts of paths. */
const plainId = /^[a-zA-Z0-9][\w-]{0,255}$/;

/** A name for a report. */
function shown(name: string): string {
  return isPlain(name) ? name : JSON.stringify(name);
}

function whyRefused(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    const why = whyOfOne(error);
    if (why === undefined) {
      throw error;
    }
    return why;
  }
}

function refuse(why: string): never {
  throw new Problem('invalid-input', why);
}

function checkId(id: string): void {
  if (!plainId.test(id)) {
    refuse(`${JSON.stringify(id)} is no id: ids hold letters, digits, underscores and dashes`);
  }
}

function checkTimes(times: Readonly<Record<string, number | undefined>>): void {
  for (const [name, value] of Object.entries(times)) {
    if (value !== undefined && !Number.isSafeInteger(value)) {
      refuse(`its ${name} is ${value}, which is no time`);
    }
  }
}

/** Most lots are as they should be: a look costs no exception. */
function isGoodPoint({ key, at, step }: Metric): boolean {
  return isPlain(key) && Number.isSafeInteger(at) && Number.isSafeInteger(step);
}

function checkPoint({ key, at, step }: Metric): void {
  if (!isPlain(key)) {
    refuse(`metric ${JSON.stringify(key)}: names cannot contain control characters`);
  }
  if (!Number.isSafeInteger(at) || !Number.isSafeInteger(step)) {
    refuse(`metric "${key}": a point of it has no time or step`);
  }
}

/** What of another store may come in: a thing that is refused where clients log and register (names, ids, keys, times) is told. */
export interface CarriedChecks {
  /** Undefined for one that is refused, here and below; what is refused of one that is not is left out. */
  readonly experiment: (experiment: CarriedExperiment) => CarriedExperiment | undefined;
  readonly run: (run: CarriedRun) => CarriedRun | undefined;
  readonly points: (run: CarriedRun, lot: readonly Metric[]) => readonly Metric[];
  readonly model: (model: CarriedModel) => CarriedModel | undefined;
  readonly registeredModel: (model: CarriedRegisteredModel) => CarriedRegisteredModel | undefined;
}

export function createCarriedChecks(passOver: PassOver): CarriedChecks {
  /** The entries whose keys may come in. */
  const checked = (kind: string, id: string, what: string, entries: Entries): Entries => {
    const refused = [...entries.keys()].filter((key) => !isPlain(key));
    refused.forEach((key) => passOver(kind, shown(id), `${what} ${JSON.stringify(key)}: names cannot contain control characters`));
    return refused.length === 0 ? entries : new Map([...entries].filter(([key]) => isPlain(key)));
  };
  const passes = (kind: string, name: string, check: () => void): boolean => {
    const why = whyRefused(check);
    if (why !== undefined) {
      passOver(kind, shown(name), why);
    }
    return why === undefined;
  };
  const isPoint = (kind: string, id: string, point: Metric): boolean => passes(kind, id, () => checkPoint(point));

  const checkExperiment = (experiment: CarriedExperiment): CarriedExperiment | undefined => {
    const isGood = passes('experiment with its runs', experiment.name, () => {
      checkExperimentName(experiment.name);
      checkTimes({ 'time of creation': experiment.createdAt, 'time of update': experiment.updatedAt });
    });
    return isGood ? { ...experiment, tags: checked('experiment', experiment.name, 'tag', experiment.tags) } : undefined;
  };
  const checkRun = (run: CarriedRun): CarriedRun | undefined => {
    const isGood = passes('run', run.id, () => {
      checkId(run.id);
      checkPlainName(run.name, 'run_name');
      checkPlainName(run.tags.get('mlflow.runName') ?? '', 'mlflow.runName');
      checkTimes({ 'start time': run.startedAt, 'end time': run.endedAt, 'time of deletion': run.deletedAt });
    });
    return isGood
      ? {
          ...run,
          params: checked('run', run.id, 'param', run.params),
          tags: checked('run', run.id, 'tag', run.tags),
          models: run.models.filter(({ modelId, step }) =>
            passes('run', run.id, () => {
              checkId(modelId);
              checkTimes({ 'step of a model': step });
            }),
          ),
        }
      : undefined;
  };
  const checkModel = (model: CarriedModel): CarriedModel | undefined => {
    const isGood = passes('model', model.id, () => {
      checkId(model.id);
      checkLoggedModelName(model.name);
      checkTimes({ 'time of creation': model.createdAt, 'time of update': model.updatedAt });
    });
    return isGood
      ? {
          ...model,
          params: checked('model', model.id, 'param', model.params),
          tags: checked('model', model.id, 'tag', model.tags),
          metrics: model.metrics.filter((metric) => isPoint('model', model.id, metric)),
        }
      : undefined;
  };
  const checkVersions = ({ name, versions }: CarriedRegisteredModel): CarriedVersion[] => {
    const seen = new Set<number>();
    return versions.flatMap((version) => {
      const id = `${name}/${version.version}`;
      const isGood = passes('version', id, () => {
        if (!Number.isSafeInteger(version.version) || version.version < 1) {
          refuse('it has no number');
        }
        if (seen.has(version.version)) {
          refuse('another version has its number');
        }
        checkTimes({ 'time of creation': version.createdAt, 'time of update': version.updatedAt });
      });
      seen.add(version.version);
      return isGood ? [{ ...version, tags: checked('version', id, 'tag', version.tags) }] : [];
    });
  };
  const checkRegistered = (model: CarriedRegisteredModel): CarriedRegisteredModel | undefined => {
    const isGood = passes('registered model', model.name, () => {
      checkNewModelName(model.name);
      checkTimes({ 'time of creation': model.createdAt, 'time of update': model.updatedAt });
    });
    if (!isGood) {
      return undefined;
    }
    const versions = checkVersions(model);
    const numbers = new Set(versions.filter(({ deleted }) => !deleted).map(({ version }) => version));
    const aliases = [...model.aliases].filter(([alias, version]) =>
      passes('alias', `${model.name}@${alias}`, () => {
        checkAlias(alias);
        if (!numbers.has(version)) {
          refuse(`it names version ${version}, which is not there`);
        }
      }),
    );
    return { ...model, versions, tags: checked('registered model', model.name, 'tag', model.tags), aliases: new Map(aliases) };
  };

  return {
    experiment: checkExperiment,
    run: checkRun,
    points: ({ id }, lot) => (lot.every(isGoodPoint) ? lot : lot.filter((point) => isPoint('run', id, point))),
    model: checkModel,
    registeredModel: checkRegistered,
  };
}
