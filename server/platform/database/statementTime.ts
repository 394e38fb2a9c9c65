import type SqliteDatabase from 'better-sqlite3';
import { Problem } from '../errors.ts';

/** Until when statements may run, as `performance.now()` counts; a new one has no end. */
export interface StatementTime {
  until: number;
}

/**
 * Gives SQL the function `in_time()`: true, until the time is over; then the statement ends with a Problem `too-large`. Another thread
 * cannot interrupt a statement through this driver, and not even the end of the process does, so those that may run for long ask.
 */
export function defineInTime(database: SqliteDatabase.Database, time: StatementTime): void {
  database.function('in_time', { deterministic: false }, () => {
    if (performance.now() > time.until) {
      throw new Problem('too-large', 'The search takes too long.', { remedy: 'Ask for less: a narrower filter, fewer comparisons or fewer experiments.' });
    }
    return 1;
  });
}
