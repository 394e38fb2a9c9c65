import type { Database } from '../../platform/database/database.ts';
import { forgetValue } from '../columns/forgetValue.ts';
import { createWindowStore, type StoredKey } from '../windows/windowStore.ts';
import type { PersonKey } from './logLines.ts';

/** Takes a value of a feature out of what windows of all lengths keep value by value. Call inside a transaction. @returns in how many windows it stood */
export function forgetInWindows(database: Database, endpoint: string, { column: name, value }: PersonKey): number {
  const store = createWindowStore(database);
  const places = database.prepare<[string], StoredKey>('SELECT series, span, at FROM monitoring_window_columns JOIN monitoring_series ON id = series WHERE endpoint = ?').all(endpoint);
  return places.filter((key) => {
    const [found] = store.columns(key, { role: 'feature', name });
    if (found === undefined || !forgetValue(found.column, value)) {
      return false;
    }
    store.writeColumns(key, store.columns(key).map((each) => (each.role === 'feature' && each.name === name ? found : each)));
    return true;
  }).length;
}
