import type { EventHub } from './http/events.ts';
import type { DataHome } from './companion/home.ts';
import type { Log } from './log.ts';
import type { Database } from './store/database.ts';

/** What every feature of the companion is given. */
export interface CompanionContext {
  readonly home: DataHome;
  readonly database: Database;
  readonly events: EventHub;
  readonly log: Log;
  /** This build's version. */
  readonly version: string;
}
