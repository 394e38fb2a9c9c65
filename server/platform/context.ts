import type { EventHub } from './http/events.ts';
import type { DataHome } from './home.ts';
import type { Settings } from '../contract/settings.ts';
import type { Log } from './log.ts';
import type { Timing } from './timing.ts';
import type { Database } from './database/database.ts';
import type { Jobs } from './jobs/jobs.ts';
import type { Relaunch } from './relaunch.ts';

/** What every feature of the companion is given. */
export interface CompanionContext {
  readonly home: DataHome;
  readonly database: Database;
  readonly events: EventHub;
  readonly jobs: Jobs;
  readonly log: Log;
  /** The settings in force; ask each time, they can change. */
  readonly settings: () => Settings;
  /** This build's version. */
  readonly version: string;
  readonly timing: Timing;
  /** How this companion is started again by the gateway when it was killed; undefined for one that is not to be. */
  readonly relaunch?: Relaunch | undefined;
}
