import type { Database } from '../../platform/database/database.ts';
import { readColumn, storeColumn, type StoredColumn } from '../columns/column.ts';
import { forgetValue } from '../columns/forgetValue.ts';
import { sampleLimit } from '../windows/windowTable.ts';
import type { PersonKey } from './logLines.ts';

interface Place {
  readonly series: number;
  readonly at: number;
  readonly span: number;
}

/** Takes a value of a feature out of what windows keep value by value. Call inside a transaction. @returns in how many windows it stood */
export function forgetInWindows(database: Database, endpoint: string, { column: name, value }: PersonKey): number {
  const places = database
    .prepare<[string, string], Place>("SELECT series, at, span FROM monitoring_columns JOIN monitoring_series ON id = series WHERE endpoint = ? AND role = 'feature' AND name = ?")
    .all(endpoint, name);
  const find = database.prepare<[number, number, number, string], StoredColumn>("SELECT statistics, sample FROM monitoring_columns WHERE series = ? AND at = ? AND span = ? AND role = 'feature' AND name = ?");
  const put = database.prepare<[string, Uint8Array | null, number, number, number, string]>("UPDATE monitoring_columns SET statistics = ?, sample = ? WHERE series = ? AND at = ? AND span = ? AND role = 'feature' AND name = ?");
  return places.filter(({ series, at, span }) => {
    const stored = find.get(series, at, span, name);
    const column = stored === undefined ? undefined : readColumn(stored, sampleLimit(span));
    if (column === undefined || !forgetValue(column, value)) {
      return false;
    }
    const { statistics, sample } = storeColumn(column);
    put.run(statistics, sample, series, at, span, name);
    return true;
  }).length;
}
