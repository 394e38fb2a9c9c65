import { z } from 'zod';

/**
 * What the event stream (`GET /api/slipway/v1/events`, server-sent events) says: which thing changed, never its content.
 * A client that missed some asks again for what it shows.
 */
export const companionEvent = z.discriminatedUnion('topic', [
  z.object({ topic: z.literal('experiments'), experimentId: z.string().optional() }),
  /** `notebook`: where it was logged from a cell, or captured, as far as is known here. */
  z.object({ topic: z.literal('run'), runId: z.string(), experimentId: z.string(), notebook: z.string().optional() }),
  z.object({ topic: z.literal('capture'), runId: z.string(), notebook: z.string() }),
  z.object({ topic: z.literal('model'), name: z.string() }),
  z.object({ topic: z.literal('release'), digest: z.string() }),
  z.object({ topic: z.literal('endpoint'), name: z.string() }),
  z.object({ topic: z.literal('rollout'), id: z.string(), endpoint: z.string() }),
  /** Files that are scored by a schedule. */
  z.object({ topic: z.literal('batch-schedules') }),
  z.object({ topic: z.literal('monitoring'), endpoint: z.string() }),
  /** Its requests are answered and not logged, or are logged again. */
  z.object({ topic: z.literal('log-loss'), endpoint: z.string() }),
  /** Its alerts, its rules or an incident of it. */
  z.object({ topic: z.literal('incident'), endpoint: z.string() }),
  /** The gates of a version were run, or somebody answers for one. */
  z.object({ topic: z.literal('gates') }),
  /** A promotion to an endpoint. */
  z.object({ topic: z.literal('promotion'), id: z.number().int(), endpoint: z.string() }),
  /** The policy of a file was put in force or lifted. */
  z.object({ topic: z.literal('policy'), file: z.string() }),
  z.object({ topic: z.literal('transfer'), id: z.string() }),
  z.object({ topic: z.literal('companion') }),
]);
export type CompanionEvent = z.infer<typeof companionEvent>;
