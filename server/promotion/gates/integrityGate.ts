import { formatShare } from '../../contract/format/numbers.ts';
import { readTable, rowKeys, type Table } from '../readTable.ts';
import { failed, notEvaluated, passed, type Gate } from './gate.ts';

/** The first training file that is a table and is still what the release refers to. */
async function trainingTable(data: readonly { readonly path: string; readonly sha256: string }[]): Promise<Table | undefined> {
  for (const { path, sha256 } of data) {
    const table = await readTable(path, sha256).catch(() => undefined);
    if (table !== undefined) {
      return table;
    }
  }
  return undefined;
}

export const integrityGate: Gate<'integrity'> = {
  id: 'integrity',
  label: 'Training data',
  async judge({ release, rows }, { maximumDuplicates, maximumOverlap }) {
    const training = await trainingTable(release.data);
    if (training === undefined) {
      return notEvaluated('No training file of the release is a CSV file that is still as it was.');
    }
    const keys = rowKeys(training.columns, training.columns.keys());
    const twice = (keys.length - new Set(keys).size) / Math.max(1, keys.length);
    const told = [`${formatShare(twice)} of ${keys.length} training rows are there twice`];
    const wrong = maximumDuplicates !== undefined && twice > maximumDuplicates ? [`at most ${formatShare(maximumDuplicates)} is asked for`] : [];
    if (maximumOverlap !== undefined) {
      if (typeof rows === 'string') {
        return notEvaluated(rows);
      }
      const shared = [...training.columns.keys()].filter((name) => rows.columns.has(name));
      if (shared.length === 0) {
        return notEvaluated('Training and evaluation rows have no column in common.');
      }
      const known = new Set(rowKeys(training.columns, shared));
      const evaluated = rowKeys(rows.columns, shared);
      const overlap = evaluated.filter((key) => known.has(key)).length / Math.max(1, evaluated.length);
      told.push(`${formatShare(overlap)} of ${evaluated.length} evaluation rows are training rows`);
      if (overlap > maximumOverlap) {
        wrong.push(`at most ${formatShare(maximumOverlap)} of the evaluation rows may be training rows`);
      }
    }
    return wrong.length === 0 ? passed(`${told.join(', ')}.`) : failed(`${told.join(', ')}; ${wrong.join(', ')}.`);
  },
};
