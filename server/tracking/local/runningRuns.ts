import type { Database } from '../../platform/database/database.ts';

/** Longer than an epoch takes. A training that was killed leaves its run RUNNING for ever. */
const goesOnMilliseconds = 24 * 3_600_000;

/**
 * Whether a run goes on that a client logs: it is RUNNING, and began or logged a metric within a day. Captured runs do not count: their
 * window holds a lease.
 */
export function createRunningRuns(database: Database, now: () => number = Date.now): () => boolean {
  const found = database
    .prepare<{ since: number }, number>(
      `SELECT 1 FROM runs WHERE status = 'RUNNING' AND stage = 'active'
        AND (started_at > @since OR EXISTS (SELECT 1 FROM latest_metrics WHERE run = runs.id AND at > @since))
        AND (NOT EXISTS (SELECT 1 FROM run_tags WHERE run = runs.id AND key = 'slipway.notebook')
          OR EXISTS (SELECT 1 FROM run_tags WHERE run = runs.id AND key = 'slipway.capture'))
        LIMIT 1`,
    )
    .pluck();
  return () => found.get({ since: now() - goesOnMilliseconds }) !== undefined;
}
