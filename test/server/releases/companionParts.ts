import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { prepareHome } from '../../../server/platform/home.ts';
import type { CompanionContext } from '../../../server/platform/context.ts';
import type { CompanionEvent } from '../../../server/contract/events.ts';
import { settings as settingsSchema, type Settings } from '../../../server/contract/settings.ts';
import { createEventHub } from '../../../server/platform/http/events.ts';
import { createJobs } from '../../../server/platform/jobs/jobs.ts';
import { silentLog } from '../../../server/platform/log.ts';
import { openDatabase } from '../../../server/platform/database/database.ts';

export interface CompanionParts {
  readonly context: CompanionContext;
  /** What was published so far. */
  readonly events: CompanionEvent[];
  close(): void;
}

/** A data home with its database, as every feature gets it, in a temporary folder. */
export function createCompanionParts(settings: Partial<Settings> = {}): CompanionParts {
  const root = mkdtempSync(path.join(tmpdir(), 'slipway-releases-'));
  const home = prepareHome(root);
  const database = openDatabase(home.database);
  const hub = createEventHub();
  const events: CompanionEvent[] = [];
  hub.subscribe((event) => events.push(event));
  const current = settingsSchema.parse(settings);
  return {
    context: { home, database, events: hub, jobs: createJobs({ database, log: silentLog }), log: silentLog, version: '0.0.0-test', settings: () => current },
    events,
    close() {
      database.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
