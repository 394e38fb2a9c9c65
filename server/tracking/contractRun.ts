import { z } from 'zod';
import { dataReference, type DataReference, type GitState } from '../contract/notebooks.ts';
import type { CellReference, Run } from '../contract/tracking.ts';
import type { LoggedModelRow } from './local/loggedModels.ts';
import { toWire } from '../contract/metricValues.ts';
import type { Metric } from '../contract/entities.ts';
import type { RunDetails } from './local/runDetails.ts';

type Tags = ReadonlyMap<string, string>;

/** The cell that a run's tags name. */
export function cellOf(tags: Tags): CellReference | undefined {
  const notebook = tags.get('slipway.notebook');
  const captureRunId = tags.get('slipway.capture');
  const cellId = tags.get('slipway.cell.id');
  const cellIndex = Number(tags.get('slipway.cell.index') ?? Number.NaN);
  if (notebook === undefined || captureRunId === undefined || cellId === undefined || !Number.isInteger(cellIndex)) {
    return undefined;
  }
  return { notebook, captureRunId, cellId, cellIndex };
}

/** The state of the source code that a run's tags name: Slipway's own, else the commit that MLflow notes. */
export function gitOf(tags: Tags): GitState | undefined {
  const commit = tags.get('slipway.git.commit') ?? tags.get('mlflow.source.git.commit');
  if (commit === undefined) {
    return undefined;
  }
  const branch = tags.get('slipway.git.branch') ?? tags.get('mlflow.source.git.branch');
  const remote = tags.get('slipway.git.remote') ?? tags.get('mlflow.source.git.repoURL');
  const dirty = tags.get('slipway.git.dirty') ?? tags.get('mlflow.source.git.dirty');
  return {
    commit,
    dirty: dirty?.toLowerCase() === 'true',
    ...(branch === undefined ? {} : { branch }),
    ...(remote === undefined ? {} : { remote }),
  };
}

const references = z.array(dataReference);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What tells where a run's code and data came from. */
export interface RunOrigin extends Pick<RunDetails, 'tags' | 'datasets'> {
  /** Epoch milliseconds. */
  readonly startedAt: number;
}

/** The data files that a run used: those that the notebook's cells named, and MLflow's datasets where their digest is a sha256. */
export function dataOf({ tags, datasets, startedAt }: RunOrigin): DataReference[] {
  const tag = tags.get('slipway.data');
  const named = tag === undefined ? [] : (references.safeParse(parseJson(tag)).data ?? []);
  const inputs = datasets.flatMap(({ dataset }) =>
    /^[0-9a-f]{64}$/.test(dataset.digest) && !named.some(({ sha256 }) => sha256 === dataset.digest)
      ? [{ path: dataset.name, sha256: dataset.digest, bytes: 0, modifiedAt: startedAt }]
      : [],
  );
  return [...named, ...inputs];
}

/** A run without its params and metrics. */
export type BareRun = Omit<Run, 'params' | 'metrics'>;

/** What is known of a run, wherever it is kept. */
export interface RunFacts extends Pick<Run, 'runId' | 'experimentId' | 'name' | 'status' | 'startedAt' | 'models'> {
  /** Epoch milliseconds. */
  readonly endedAt: number | undefined;
  /** Who ran it, where no tag says so. */
  readonly user: string;
  readonly tags: Tags;
}

/** A run in the form of the companion's own API, without its params and metrics. */
export function bareRun({ tags, endedAt, user, ...facts }: RunFacts): BareRun {
  const cell = cellOf(tags);
  return {
    ...facts,
    source: tags.get('slipway.source') === 'capture' ? 'capture' : 'logged',
    ...(endedAt === undefined ? {} : { endedAt }),
    user: tags.get('mlflow.user') ?? user,
    tags: Object.fromEntries(tags),
    ...(cell === undefined ? {} : { cell }),
  };
}

/** What a run logged beside its files. */
export interface RunValues {
  readonly params: ReadonlyMap<string, string>;
  /** The latest point of each metric. */
  readonly metrics: readonly Metric[];
}

/** A run in the form of the companion's own API. */
export function contractRun(facts: RunFacts, { params, metrics }: RunValues): Run {
  return { ...bareRun(facts), params: Object.fromEntries(params), metrics: Object.fromEntries(metrics.map(({ key, value }) => [key, toWire(value)])) };
}

/** What is known of a run of this machine's own store. */
export function factsOf({ row, tags }: Pick<RunDetails, 'row' | 'tags'>, models: readonly LoggedModelRow[]): RunFacts {
  return {
    runId: row.run_id,
    experimentId: String(row.experiment),
    name: row.name,
    status: row.status,
    startedAt: row.started_at,
    endedAt: row.ended_at ?? undefined,
    user: row.user_id,
    tags,
    models: models.map(({ model_id: modelId, name }) => ({ modelId, name })),
  };
}

/** A run of this machine's own store in the form of the companion's own API. */
export function toContractRun(details: RunDetails, models: readonly LoggedModelRow[]): Run {
  return contractRun(factsOf(details, models), details);
}
