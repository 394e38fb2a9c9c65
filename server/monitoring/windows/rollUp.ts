import type { Database } from '../../platform/database/database.ts';
import { emptyWindow } from './accumulate.ts';
import { levelAbove, levels } from './levels.ts';
import { mergeWindow } from './mergeWindow.ts';
import { createWindowStore, type StoredKey } from './windowStore.ts';

/** After its end a window is left alone for so long, for requests that are still being written. */
const settlingMilliseconds = 120_000;
const inOneTransaction = 50;

export interface RollUp {
  /** Makes the longer windows of what has ended and began at `since` or later, where there is none yet; a crash leaves what the next call makes. */
  make(since: number, now: number): void;
  /** Deletes the windows below an hour that began before a time and that a longer one holds. @param before a whole hour */
  dropShort(before: number): void;
}

export function createRollUp(database: Database): RollUp {
  const store = createWindowStore(database);
  const missing = database.prepare<{ short: number; long: number; since: number; ended: number }, StoredKey>(
    `SELECT DISTINCT c.series AS series, @long AS span, c.at - c.at % @long AS at FROM monitoring_series JOIN monitoring_windows AS c ON c.series = id
     WHERE c.span = @short AND c.at >= @since AND c.at - c.at % @long + @long <= @ended
       AND NOT EXISTS (SELECT 1 FROM monitoring_windows AS p WHERE p.series = c.series AND p.span = @long AND p.at = c.at - c.at % @long)`,
  );
  const within = database.prepare<[number, number, number, number], StoredKey>('SELECT series, span, at FROM monitoring_windows WHERE series = ? AND span = ? AND at >= ? AND at < ? ORDER BY at');
  const old = database.prepare<{ short: number; long: number; before: number; limit: number }, StoredKey>(
    `SELECT c.series, c.span, c.at FROM monitoring_series JOIN monitoring_windows AS c ON c.series = id
     WHERE c.span = @short AND c.at < @before AND EXISTS (SELECT 1 FROM monitoring_windows AS p WHERE p.series = c.series AND p.span = @long AND p.at = c.at - c.at % @long) LIMIT @limit`,
  );

  const make = database.transaction((key: StoredKey, short: number) => {
    // Another process may have come first.
    if (!store.has(key)) {
      const window = emptyWindow();
      for (const part of within.all(key.series, short, key.at, key.at + key.span)) {
        mergeWindow(window, store.read(part) ?? emptyWindow(), key.span);
      }
      store.write(key, window);
    }
  });
  const drop = database.transaction((keys: readonly StoredKey[]) => keys.forEach((key) => store.drop(key)));

  const pairs = levels.flatMap((short) => {
    const long = levelAbove(short);
    return long === undefined ? [] : [{ short, long }];
  });

  return {
    make(since, now) {
      for (const { short, long } of pairs) {
        // From the beginning of the longer window on: all of its parts are looked at.
        for (const key of missing.all({ short, long, since: since - (since % long), ended: now - settlingMilliseconds })) {
          make.immediate(key, short);
        }
      }
    },
    dropShort(before) {
      const hour = 3_600_000;
      for (const { short, long } of pairs.filter((pair) => pair.short < hour)) {
        for (let keys = old.all({ short, long, before, limit: inOneTransaction }); keys.length > 0; keys = old.all({ short, long, before, limit: inOneTransaction })) {
          drop.immediate(keys);
        }
      }
    },
  };
}
