import { settings as settingsSchema, type Settings } from '../../server/contract/settings.ts';
import type { CompanionContext } from '../../server/platform/context.ts';
import { openDatabase } from '../../server/platform/database/database.ts';
import type { DataHome } from '../../server/platform/home.ts';
import { createEventHub } from '../../server/platform/http/events.ts';
import { createJobs } from '../../server/platform/jobs/jobs.ts';
import { silentLog } from '../../server/platform/log.ts';
import { defaultTiming } from '../../server/platform/timing.ts';

/** What a companion gives to its features, over a prepared data home whose database is opened: with the usual durations, and without a log. */
export function openContext(home: DataHome, settings: Partial<Settings> = {}): CompanionContext {
  const database = openDatabase(home.database);
  const inForce = settingsSchema.parse(settings);
  return { home, database, events: createEventHub(), jobs: createJobs({ database, log: silentLog }), log: silentLog, version: '0.1.0', timing: defaultTiming, settings: () => inForce };
}
