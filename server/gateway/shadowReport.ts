import { z } from 'zod';
import { timestamp } from '../contract/values.ts';
import { storedSketch } from './latencySketch.ts';

/** What became of the copies that a shadow got, since `since`. */
export const shadowStatistics = z.object({
  release: z.string(),
  since: timestamp,
  /** Copies that have ended. */
  copies: z.number(),
  /** Of these, those that the server or the model failed, or that no replica answered. */
  failed: z.number(),
  /** Of these, those that were refused as bad input. */
  refused: z.number(),
  /** Copies that were not sent: too many were waiting. */
  dropped: z.number(),
  /** What came of the first that failed or was refused. */
  failure: z.string().optional(),
  /** Microseconds at its replica, of the copies that were answered. */
  latency: storedSketch,
  /** Microseconds of the same requests themselves, at the gateway. */
  liveLatency: storedSketch,
});
export type ShadowStatistics = z.infer<typeof shadowStatistics>;

/** What a shadow answered to the copy of a request. */
export const shadowAnswer = z.object({ /** Of the request. */ id: z.string(), response: z.string() });
export type ShadowAnswer = z.infer<typeof shadowAnswer>;

/** The answer of `GET /-/shadows/ENDPOINT`. */
export const shadowAnswers = z.object({ answers: z.array(shadowAnswer) });
