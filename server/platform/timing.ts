import { z } from 'zod';
import { Problem } from './errors.ts';

const milliseconds = z.number().int().positive();

const timing = z.strictObject({
  /** A replica has so long to load its model and answer a warm-up prediction. */
  ready: milliseconds.default(180_000),
  /** Requests in flight have so long to finish before their replica is stopped. */
  drain: milliseconds.default(30_000),
  /** How often the replicas of an endpoint are looked at. */
  watch: milliseconds.default(1000),
  /** A live replica that runs but does not answer `/readyz` for so long is replaced. */
  unresponsive: milliseconds.default(30_000),
  /** First and longest pause before a replica that crashed is started again. */
  backoff: z.tuple([milliseconds, milliseconds]).readonly().default([250, 30_000]),
  /** A replica that was ready for so long has recovered: it is started again at once when it crashes, and the pause after that is the first. */
  recovered: milliseconds.default(60_000),
  /** How often the gateway is looked at while an endpoint runs. */
  gatewayCheck: milliseconds.default(3000),
  /** How often releases that took over a while ago are looked at. */
  afterSwitch: milliseconds.default(2000),
  /** A client's lease lasts so long without renewal. */
  lease: milliseconds.default(60_000),
  /** A companion that ends has so long to stop what it does; then it is cut off. */
  end: milliseconds.default(10_000),
  /** `slipway stop` kills a companion that has not ended after so long. */
  kill: milliseconds.default(20_000),
  /** How often the inference log is read. */
  ingest: milliseconds.default(500),
  /** How often the alert rules are judged. */
  alerts: milliseconds.default(15_000),
  /** What becomes of an incident in so long is told in one message. */
  alertGroup: milliseconds.default(10_000),
  /** First and longest pause before a message that was not delivered is tried again. */
  alertRetry: z.tuple([milliseconds, milliseconds]).readonly().default([5000, 600_000]),
  /** The database is backed up when the newest backup is so old. */
  backup: milliseconds.default(86_400_000),
  /** How often the age of the newest backup is looked at. */
  backupCheck: milliseconds.default(60_000),
});

/** Durations of the companion in milliseconds. */
export type Timing = z.output<typeof timing>;

export const defaultTiming: Timing = timing.parse({});

/**
 * The durations in force.
 * @param text the variable `SLIPWAY_TIMING`, which is there for tests alone: a JSON object with the durations that differ from the usual
 * ones, such as `{"unresponsive": 500}`
 * @throws Problem `invalid-input` when it is no such object or names a duration that there is not
 */
export function readTiming(text: string | undefined): Timing {
  if (text === undefined) {
    return defaultTiming;
  }
  try {
    return timing.parse(JSON.parse(text));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new Problem('invalid-input', `SLIPWAY_TIMING is not understood: ${why}`, { field: 'SLIPWAY_TIMING', cause });
  }
}
