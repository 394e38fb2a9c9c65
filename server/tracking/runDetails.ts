import type { Database } from '../store/database.ts';
import { readValue } from './metricValues.ts';
import type { Metric, Metrics } from './metrics.ts';
import type { RunRow } from './runs.ts';

export interface Dataset {
  readonly name: string;
  readonly digest: string;
  readonly sourceType: string;
  readonly source: string;
  readonly schema: string | undefined;
  readonly profile: string | undefined;
}

export interface DatasetInput {
  readonly dataset: Dataset;
  readonly tags: Readonly<Record<string, string>>;
}

/** A LoggedModel that a run used or made. */
export interface RunModel {
  readonly direction: 'input' | 'output';
  readonly modelId: string;
  readonly step: number;
}

/** All that belongs to a run beside the histories of its metrics. */
export interface RunDetails {
  readonly row: RunRow;
  readonly params: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
  /** The latest point of each metric. */
  readonly metrics: readonly Metric[];
  readonly datasets: readonly DatasetInput[];
  readonly models: readonly RunModel[];
}

interface Gathered {
  readonly row: RunRow;
  readonly params: Map<string, string>;
  readonly tags: Map<string, string>;
  readonly metrics: Metric[];
  readonly datasets: DatasetInput[];
  readonly models: RunModel[];
}

type DatasetRow = [
  run: number,
  input: number,
  name: string,
  digest: string,
  sourceType: string,
  source: string,
  schema: string | null,
  profile: string | null,
];

/** Reads what belongs to many runs with one query a kind. */
export function createRunReader(database: Database, metrics: Metrics): (rows: readonly RunRow[]) => RunDetails[] {
  const many = 'IN (SELECT value FROM json_each(?))';
  const params = database.prepare<[string], [number, string, string]>(`SELECT run, key, value FROM run_params WHERE run ${many}`).raw();
  const tags = database.prepare<[string], [number, string, string]>(`SELECT run, key, value FROM run_tags WHERE run ${many}`).raw();
  const latest = database
    .prepare<[string], [number, number, number, number, number, number]>(`SELECT run, key, step, at, value, nan FROM latest_metrics WHERE run ${many}`)
    .raw();
  const datasets = database
    .prepare<[string], DatasetRow>(
      `SELECT run, input.id, name, digest, source_type, source, schema, profile
       FROM run_datasets AS input JOIN datasets ON datasets.id = input.dataset WHERE run ${many} ORDER BY input.id`,
    )
    .raw();
  const datasetTags = database
    .prepare<[string], [number, string, string]>(
      `SELECT input, key, value FROM run_dataset_tags WHERE input IN (SELECT id FROM run_datasets WHERE run ${many})`,
    )
    .raw();
  const models = database
    .prepare<[string], [number, 'input' | 'output', string, number]>(
      `SELECT run, direction, model_id, step FROM run_models WHERE run ${many} ORDER BY id`,
    )
    .raw();

  return (rows) => {
    const gathered = new Map<number, Gathered>(
      rows.map((row) => [row.id, { row, params: new Map(), tags: new Map(), metrics: [], datasets: [], models: [] }]),
    );
    const ids = JSON.stringify([...gathered.keys()]);
    for (const [run, key, value] of params.all(ids)) {
      gathered.get(run)?.params.set(key, value);
    }
    for (const [run, key, value] of tags.all(ids)) {
      gathered.get(run)?.tags.set(key, value);
    }
    for (const [run, key, step, at, value, nan] of latest.all(ids)) {
      gathered.get(run)?.metrics.push({ key: metrics.keyName(key), step, at, value: readValue(value, nan) });
    }
    const inputs = datasets.all(ids);
    const tagsOfInput = new Map<number, Record<string, string>>(inputs.map(([, input]) => [input, {}]));
    for (const [input, key, value] of inputs.length === 0 ? [] : datasetTags.all(ids)) {
      const own = tagsOfInput.get(input);
      if (own !== undefined) {
        own[key] = value;
      }
    }
    for (const [run, input, name, digest, sourceType, source, schema, profile] of inputs) {
      gathered.get(run)?.datasets.push({
        dataset: { name, digest, sourceType, source, schema: schema ?? undefined, profile: profile ?? undefined },
        tags: tagsOfInput.get(input) ?? {},
      });
    }
    for (const [run, direction, modelId, step] of models.all(ids)) {
      gathered.get(run)?.models.push({ direction, modelId, step });
    }
    return [...gathered.values()];
  };
}
