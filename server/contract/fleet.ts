import { z } from 'zod';
import { incident } from './alerts.ts';
import { endpointState } from './deployments.ts';
import { verdict } from './monitoring.ts';
import { metricFigure } from './performance.ts';
import { route } from './route.ts';
import { orText } from './unknown.ts';
import { empty, endpointName, timestamp } from './values.ts';

/**
 * How an endpoint stands, those that need a person first. `drifted`: nothing is wrong but what the last look at drift says; `quiet`: it runs, and no request of the
 * last hour says how.
 */
export const standings = ['incident', 'waits', 'failed', 'degraded', 'acknowledged', 'drifted', 'well', 'quiet', 'stopped'] as const;
export type Standing = (typeof standings)[number];

/** Requests of one release over some time. */
const releaseTraffic = z.object({
  from: timestamp,
  to: timestamp,
  requests: z.number(),
  /** Of the server or its model, not of clients. */
  serverErrors: z.number(),
  /** Milliseconds at the gateway; null without requests. */
  p50: z.number().nullable(),
  p99: z.number().nullable(),
});

/** An endpoint as the fleet shows it: what is known of it without reading anything that takes long. */
export const fleetEntry = z.object({
  endpoint: endpointName,
  model: z.string(),
  state: orText(endpointState),
  standing: orText(z.enum(standings)),
  /** Since when it stands so; null where that is not known. */
  since: timestamp.nullable(),
  /** What is the matter; empty where nothing is. */
  words: z.string(),
  liveVersion: z.number().int().nullable(),
  /** When the live release took over, and who asked for it where it is the last rollout that brought it. */
  liveSince: timestamp.nullable(),
  releasedBy: z.string().nullable(),
  /** All releases together, of the last hour; `lastAt` is the beginning of the last minute or hour with requests, whenever that was. */
  traffic: z.object({
    from: timestamp,
    to: timestamp,
    requests: z.number(),
    serverErrors: z.number(),
    clientErrors: z.number(),
    /** Answered and not in the log. */
    lost: z.number(),
    p99: z.number().nullable(),
    lastAt: timestamp.nullable(),
  }),
  /** The live release in its first day (until now, where that is less) beside the last day of the one before; null where there is none before, and where it has not been read yet. */
  change: z.object({ before: releaseTraffic, after: releaseTraffic }).nullable(),
  /** The last look at drift, which its rule takes once an hour; null before the first. */
  drift: verdict.pick({ kind: true, isWell: true, sentence: true }).extend({ at: timestamp, windowMinutes: z.number() }).nullable(),
  /** The last look at predictions beside their labels; null without labels. */
  performance: z.object({ at: timestamp, windowMinutes: z.number(), labelled: z.number().int(), figure: metricFigure.nullable() }).nullable(),
  /** The one that goes on, else the last one. */
  incident: incident.nullable(),
});
export type FleetEntry = z.infer<typeof fleetEntry>;

export const fleetRoutes = {
  listFleet: route({
    method: 'GET',
    path: '/fleet',
    summary: 'All endpoints and how they stand, those that need a person first',
    panels: ['fleet'],
    input: empty,
    output: z.object({ endpoints: z.array(fleetEntry) }),
  }),
  getStanding: route({
    method: 'GET',
    path: '/endpoints/:name/standing',
    summary: 'How one endpoint stands, since when, and what its live release changed',
    panels: ['monitoring'],
    input: z.object({ name: endpointName }),
    output: fleetEntry,
  }),
};
