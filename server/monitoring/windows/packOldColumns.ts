import type { Database } from '../../platform/database/database.ts';
import { readColumn } from '../columns/column.ts';
import type { NamedColumn } from '../columns/packedColumns.ts';
import { startOf } from './levels.ts';
import { createWindowStore, type StoredKey } from './windowStore.ts';
import type { WindowTable } from './windowTable.ts';

const hourMilliseconds = 3_600_000;
const inOneTransaction = 100;
/** Values that were drawn from a column of an hour, at most. */
const drawnFromHour = 1000;

/**
 * Packs the columns of windows that were written one by one as text. Each transaction packs some windows; a crash leaves the others to the next call.
 * @param pause between two transactions, so that other work of the thread has its turn
 */
export async function packOldColumns(database: Database, windows: Pick<WindowTable, 'add'>, pause: () => Promise<void>): Promise<void> {
  const store = createWindowStore(database);
  // Hours first: they take what came late.
  const keys = database
    .prepare<[], StoredKey & { endpoint: string; release: string }>(
      'SELECT DISTINCT series, span, at, endpoint, release FROM monitoring_text_columns JOIN monitoring_series ON id = series ORDER BY span DESC',
    )
    .all();
  const find = database.prepare<StoredKey, { role: 'feature' | 'prediction'; name: string; statistics: string; sample: Uint8Array | null }>(
    'SELECT role, name, statistics, sample FROM monitoring_text_columns WHERE series = @series AND span = @span AND at = @at',
  );
  const drop = database.prepare<StoredKey>('DELETE FROM monitoring_text_columns WHERE series = @series AND span = @span AND at = @at');
  const pack = database.transaction((part: typeof keys): void => {
    for (const { endpoint, release, ...key } of part) {
      const columns = find.all(key).map(({ role, name, ...stored }): NamedColumn => ({ role, name, column: readColumn(stored, drawnFromHour) }));
      if (columns.length === 0) {
        // Another process packed it.
        continue;
      }
      store.writeColumns(key, columns);
      drop.run(key);
      // A request that came days late was counted in a minute beside the hour that held the others, until both were merged.
      const hour = { series: key.series, span: hourMilliseconds, at: startOf(key.at, hourMilliseconds) };
      const late = key.span < hourMilliseconds && store.has(hour) ? store.read(key) : undefined;
      if (late !== undefined) {
        store.drop(key);
        windows.add({ endpoint, release, at: key.at, span: key.span }, late);
      }
    }
  });
  for (let start = 0; start < keys.length; start += inOneTransaction) {
    pack.immediate(keys.slice(start, start + inOneTransaction));
    await pause();
  }
}
