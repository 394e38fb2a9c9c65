import type { Database } from '../platform/database/database.ts';
import { createRunLinks, type RunLinks } from '../tracking/local/runLinks.ts';
import { createRunLists } from '../tracking/local/runLists.ts';
import type { RunRow } from '../tracking/local/runs.ts';
import { list, pairs, runInfoWire } from './wire.ts';

/** MLflow leaves out what is empty. */
function filled(name: string, value: string | undefined): Record<string, string> {
  return value === undefined || value === '' ? {} : { [name]: value };
}

function linksWire({ datasets, models }: RunLinks): { inputs: object; outputs: object } {
  const inputs = datasets.map(({ dataset, tags }) => ({
    ...list('tags', pairs(tags)),
    dataset: {
      name: dataset.name,
      digest: dataset.digest,
      source_type: dataset.sourceType,
      source: dataset.source,
      ...filled('schema', dataset.schema),
      ...filled('profile', dataset.profile),
    },
  }));
  const used = models.filter(({ direction }) => direction === 'input').map(({ modelId }) => ({ model_id: modelId }));
  const made = models.filter(({ direction }) => direction === 'output').map(({ modelId, step }) => ({ model_id: modelId, step }));
  return {
    inputs: { ...list('dataset_inputs', inputs), ...list('model_inputs', used) },
    outputs: list('model_outputs', made),
  };
}

/** Reads runs as texts of MLflow's JSON, in the given order. */
export function createRunTexts(database: Database): (rows: readonly RunRow[]) => string[] {
  const lists = createRunLists(database);
  const links = createRunLinks(database);
  return (rows) => {
    const ids = rows.map(({ id }) => id);
    const listsOf = lists(ids);
    const linksOf = links(ids);
    return rows.map((row) => {
      const { metrics, params, tags } = listsOf(row.id);
      const data = [
        ...(metrics === undefined ? [] : [`"metrics":${metrics}`]),
        ...(params === undefined ? [] : [`"params":${params}`]),
        ...(tags === undefined ? [] : [`"tags":${tags}`]),
      ];
      const { inputs, outputs } = linksWire(linksOf(row.id));
      return `{"info":${JSON.stringify(runInfoWire(row))},"data":{${data.join(',')}},"inputs":${JSON.stringify(inputs)},"outputs":${JSON.stringify(outputs)}}`;
    });
  };
}
