import { z } from 'zod';
import { timestamp } from '../contract/values.ts';
import { storedSketch } from './latencySketch.ts';
import { recentAnswers } from './recentAnswers.ts';
import { logLoss } from './logLosses.ts';
import { shadowStatistics } from './shadowReport.ts';

/** What became of the predictions that one release was asked for, since `since`. */
export const releaseStatistics = z.object({
  release: z.string(),
  /** When the release began to get traffic; the counters start there. */
  since: timestamp,
  /** Generation of the route file that gave it traffic. */
  sinceGeneration: z.number().int(),
  requests: z.number(),
  /** Refusals: answers with status 400 to 499, but for those of a model that raised. */
  clientErrors: z.number(),
  /** Answers with status 500 and above, answers of a model that raised, and requests that no replica answered. */
  serverErrors: z.number(),
  /** Attempts at one of its replicas that failed, also where another replica then answered. */
  failedAttempts: z.number(),
  /** Microseconds at the gateway, as a {@link LatencySketch}; absent where a gateway of an older version serves. */
  latency: storedSketch.optional(),
  /** Absent where a gateway of an older version serves. */
  recent: recentAnswers.optional(),
});
export type ReleaseStatistics = z.infer<typeof releaseStatistics>;

export const inferenceLogStatus = z.object({
  written: z.number(),
  /** Records that were lost: the disk did not take them. */
  dropped: z.number(),
  /** The last loss of each endpoint that has lost some; a gateway of an older version tells none. */
  losses: z.array(logLoss).default([]),
});
export type InferenceLogStatus = z.infer<typeof inferenceLogStatus>;

/** The answer of `GET /-/status`. */
export const gatewayStatus = z.object({
  pid: z.number(),
  port: z.number(),
  version: z.string(),
  startedAt: timestamp,
  /** Generation of the route file in force. */
  generation: z.number().int(),
  /** Why the file that lies there is not in force. */
  routeFailure: z.string().optional(),
  inFlight: z.number(),
  /** Milliseconds since the last request to an endpoint. */
  idleMilliseconds: z.number(),
  /** Requests in flight by replica address. */
  replicas: z.record(z.string(), z.number()),
  endpoints: z.record(z.string(), z.object({ releases: z.array(releaseStatistics) })),
  /** By endpoint, where a release gets copies. */
  shadows: z.record(z.string(), shadowStatistics).default({}),
  log: inferenceLogStatus,
  /** It shows replicas their keys; one of an older version does not. */
  sendsKeys: z.boolean().default(false),
  /** Process id of the companion that it starts again when it was killed. */
  follows: z.number().optional(),
});
export type GatewayStatus = z.infer<typeof gatewayStatus>;

/** The content of `gateway/gateway.json`: how the companion finds the gateway. */
export const gatewayLock = z.object({
  pid: z.number().int().positive(),
  port: z.number().int().min(1).max(65535),
  controlToken: z.string().min(32),
  version: z.string(),
  startedAt: timestamp,
});
export type GatewayLock = z.infer<typeof gatewayLock>;

export const controlTokenHeader = 'x-slipway-control';
