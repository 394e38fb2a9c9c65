import type { DatasetInput, ModelLink } from '../../contract/entities.ts';
import type { Database } from '../../platform/database/database.ts';

/** The datasets and models of a run, in the order in which they were logged. */
export interface RunLinks {
  readonly datasets: readonly DatasetInput[];
  readonly models: readonly ModelLink[];
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

const none: RunLinks = { datasets: [], models: [] };

/** Reads the links of many runs by their row ids. */
export function createRunLinks(database: Database): (runs: readonly number[]) => (run: number) => RunLinks {
  const many = 'IN (SELECT value FROM json_each(?))';
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

  return (runs) => {
    const gathered = new Map<number, { datasets: DatasetInput[]; models: ModelLink[] }>();
    const of = (run: number): { datasets: DatasetInput[]; models: ModelLink[] } => {
      const known = gathered.get(run) ?? { datasets: [], models: [] };
      gathered.set(run, known);
      return known;
    };
    const ids = JSON.stringify(runs);
    const inputs = datasets.all(ids);
    const tagsOfInput = new Map<number, Record<string, string>>(inputs.map(([, input]) => [input, {}]));
    for (const [input, key, value] of inputs.length === 0 ? [] : datasetTags.all(ids)) {
      const own = tagsOfInput.get(input);
      if (own !== undefined) {
        own[key] = value;
      }
    }
    for (const [run, input, name, digest, sourceType, source, schema, profile] of inputs) {
      of(run).datasets.push({
        dataset: { name, digest, sourceType, source, schema: schema ?? undefined, profile: profile ?? undefined },
        tags: tagsOfInput.get(input) ?? {},
      });
    }
    for (const [run, direction, modelId, step] of models.all(ids)) {
      of(run).models.push({ direction, modelId, step });
    }
    return (run) => gathered.get(run) ?? none;
  };
}
