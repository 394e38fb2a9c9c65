import { z } from 'zod';
import { endpointRelease, rolloutKind } from './deployments.ts';
import { route } from './route.ts';
import { orText } from './unknown.ts';
import { endpointName, timestamp } from './values.ts';

/**
 * Requests of a time in which a release was live, from the windows that traffic is counted in: minutes, and hours where they are more than two days ago.
 * A window counts for the time that it shares most with; what the release got before, as a canary, is not in it.
 */
export const liveTraffic = z.object({
  /** What the windows cover. */
  from: timestamp,
  to: timestamp,
  /** That the release got. */
  requests: z.number(),
  /** Of the server or its model. */
  serverErrors: z.number(),
  /** Refused as bad input. */
  clientErrors: z.number(),
  /** That no release got, since no replica answered; not among `requests`. */
  unreached: z.number(),
  /** Answered and not in the log; not among `requests`. */
  lost: z.number(),
  /** Milliseconds at the gateway; null without requests. */
  p99: z.number().nullable(),
});
export type LiveTraffic = z.infer<typeof liveTraffic>;

/** A time in which a release was the live one of an endpoint. */
export const liveTime = endpointRelease.pick({ release: true, modelVersion: true, server: true, liveFrom: true, liveUntil: true }).extend({
  /** The rollout that brought it; absent where it is not known any more. */
  broughtBy: z
    .object({
      rollout: z.string(),
      kind: orText(rolloutKind),
      /** Nobody asked for it: the endpoint went back by itself. */
      automatic: z.boolean(),
      by: z.string(),
      /** Empty where none was given. */
      reason: z.string(),
      /** The version that was live until then. */
      fromVersion: z.number().int().optional(),
    })
    .optional(),
  /** Milliseconds of it in which the endpoint was stopped. */
  stoppedMilliseconds: z.number(),
  traffic: liveTraffic,
});
export type LiveTime = z.infer<typeof liveTime>;

export const timelineRoutes = {
  getTimeline: route({
    method: 'GET',
    path: '/endpoints/:name/timeline',
    summary: 'Every time that a release was live, the newest first: what brought it, who, why, and its requests, errors and latency',
    panels: ['releases'],
    input: z.object({ name: endpointName }),
    output: z.object({
      times: z.array(liveTime),
      /** Of the time that goes on, the last five minutes, in whole minutes; absent where nothing is live. */
      recent: liveTraffic.optional(),
    }),
  }),
};
