import { z } from 'zod';
import { describedBaseline } from './baselines.ts';
import { columnSummary } from './columnSummary.ts';
import { count, digest, endpointName, timestamp } from './values.ts';
import { route } from './route.ts';
import { orText, orUnknownKind } from './unknown.ts';

/** What one method says of the live values of a feature beside those of the baseline: a number that is no verdict, or why there is none. */
export const driftFigure = z.object({
  /** Id of the method. */
  method: z.string(),
  label: z.string(),
  /** Whether it is the one to show where there is room for one. */
  isDefault: z.boolean(),
  /** Live values of the feature that it covers, of the span and the release of `driftCovers`. */
  rows: z.number(),
  result: orUnknownKind(
    z.discriminatedUnion('kind', [
      z.object({
        kind: z.literal('evaluated'),
        statistic: z.number(),
        /** The bound that the method's source names, and whether the number is beyond it. */
        threshold: z.number().optional(),
        isBeyond: z.boolean().optional(),
        note: z.string().optional(),
      }),
      z.object({ kind: z.literal('not-evaluated'), reason: z.string() }),
    ]),
  ),
});
export type DriftFigure = z.infer<typeof driftFigure>;

/** What stands out in a feature's live values, beside the baseline. */
export const finding = z.object({
  kind: orText(z.enum(['missing', 'invalid', 'out-of-range', 'new-category', 'lost-category', 'constant'])),
  /** Of the live values; of the baseline's where they are gone. */
  share: z.number(),
  text: z.string(),
});
export type Finding = z.infer<typeof finding>;

/** A column that has moved, in the span and the release of `driftCovers`. */
export const suspect = z.object({
  role: orText(z.enum(['feature', 'prediction'])),
  name: z.string(),
  /** What changed, such as `mean 32 → 23`. */
  text: z.string(),
  /** The Kolmogorov-Smirnov distance of numbers, the total variation distance of categories. */
  distance: z.number(),
  /** How likely such a distance is where nothing has moved, after calibration on the baseline. */
  p: z.number(),
  /** Live values that it was computed from. */
  values: z.number(),
  /** Since when it was off without a pause, to a third of the span's rows; the beginning of the span if all along. */
  since: timestamp,
});
export type Suspect = z.infer<typeof suspect>;

export const verdictKind = z.enum(['nothing-moved', 'inputs-moved', 'predictions-moved', 'both-moved', 'not-evaluated']);

/** The answer in a sentence, and what it rests on. */
export const verdict = z.object({
  kind: orText(verdictKind),
  /** Nothing has moved, nothing stands out and less than 1 % of requests failed. */
  isWell: z.boolean(),
  sentence: z.string(),
  /** What is usually done. */
  advice: z.string().nullable(),
  /** The most likely first. */
  suspects: z.array(suspect),
  notJudged: z.array(z.object({ name: z.string(), reason: z.string() })),
});
export type Verdict = z.infer<typeof verdict>;

/** Whether a verdict says that something is off; one that was not evaluated says nothing. */
export function isUnwell({ isWell, kind }: Pick<Verdict, 'isWell' | 'kind'>): boolean {
  return !isWell && kind !== 'not-evaluated';
}

export const latency = z.object({ p50: z.number(), p90: z.number(), p99: z.number(), max: z.number() });

/** One window: the statistics of live traffic over a time span. Latencies are milliseconds at the gateway. */
export const trafficWindow = z.object({
  from: timestamp,
  to: timestamp,
  requests: z.number(),
  /** Refusals: answers with status 400 to 499, but for those of a model that raised. */
  clientErrors: z.number(),
  /** Answers with status 500 and above, answers of a model that raised, and requests that no replica answered. */
  serverErrors: z.number(),
  /** Rows of the requests that were not refused, also of those whose bodies are in no feature. */
  rows: z.number(),
  /** Requests whose body is over 1 MiB or of an unknown form: they are requests here, but in no feature. */
  unreadBodies: z.number(),
  latency: latency.nullable(),
  /** Requests that were answered and are not in the log: they are in no other number here. With the arrival of the first and the last; null where there are none. */
  lost: z.object({ requests: z.number().int(), from: timestamp, to: timestamp }).nullable().default(null),
});
export type TrafficWindow = z.infer<typeof trafficWindow>;

export const monitoring = z.object({
  endpoint: endpointName,
  from: timestamp,
  to: timestamp,
  total: trafficWindow,
  windows: z.array(trafficWindow),
  /** The same span by release, so that a canary can be told from the live release. */
  releases: z.array(z.object({ release: digest, /** Absent for a release that is gone. */ modelVersion: z.number().int().optional(), total: trafficWindow })),
  features: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      /** Of a tensor, whose figures are of all its values: its shape, with the rows first and -1 where the length varies. */
      tensor: z.object({ shape: z.array(z.number().int()), /** Whether the signature gives it a name. */ isNamed: z.boolean() }).optional(),
      baseline: orUnknownKind(columnSummary).nullable(),
      live: orUnknownKind(columnSummary).nullable(),
      drift: z.array(driftFigure).default([]),
      /** Absent in answers of older companions. */
      findings: z.array(finding).optional(),
      /** Its value in the first row of the model's input example; nested lists for a tensor, unless it is large. */
      example: z.unknown().optional(),
    }),
  ),
  predictions: z.object({ baseline: orUnknownKind(columnSummary).nullable(), live: orUnknownKind(columnSummary).nullable() }),
  /** Where the baseline comes from. */
  baselineSource: orText(z.enum(['training-data', 'none'])),
  /** What it is, where there is one; absent in answers of older companions. */
  baseline: describedBaseline.optional(),
  /** Rows of the input example, which is no baseline, where there is nothing better. */
  exampleRows: z.number().optional(),
  /** Absent in answers of older companions. */
  verdict: verdict.optional(),
  /** The release that the baseline belongs to, its rows in the span, and from when to when they were counted; null without such rows. */
  driftCovers: z.object({ release: digest, rows: z.number(), from: timestamp, to: timestamp }).nullable().default(null),
  log: z.object({
    bytes: z.number(),
    unreadBytes: z.number(),
    /** As many as `total.lost` has. */
    dropped: z.number(),
    /** Why requests are not logged now; absent while they are. */
    failure: z.string().optional(),
  }),
});
export type Monitoring = z.infer<typeof monitoring>;

export const loggedRequest = z.object({
  requestId: z.string(),
  at: timestamp,
  release: digest.optional(),
  status: z.number().int(),
  /** The model raised on input that its signature accepts. */
  modelError: z.boolean().optional(),
  latencyMs: z.number(),
  request: z.string(),
  response: z.string(),
  truncated: z.boolean(),
});
export type LoggedRequest = z.infer<typeof loggedRequest>;

/** Thresholds at which scored rows are counted: 0, 0.01, … 1. */
export const countedThresholds: readonly number[] = Array.from({ length: 101 }, (_, index) => index / 100);

/** What the inference log says of the scores of one model version at an endpoint. */
export const scoredTraffic = z.object({
  /** Requests that were answered, and how many of these have scores. */
  requests: z.number(),
  scoredRequests: z.number(),
  /** Rows with scores, and how many of them reach each of {@link countedThresholds}. */
  rows: z.number(),
  atLeast: z.array(z.number()),
  /** The time that is covered; it begins later than was asked for where the log is too large to be read, or begins later itself. */
  from: timestamp,
  to: timestamp,
});
export type ScoredTraffic = z.infer<typeof scoredTraffic>;

export const monitoringRoutes = {
  getScoredTraffic: route({
    method: 'GET',
    path: '/endpoints/:name/scores',
    summary: 'How many rows that a model version answered reach a threshold, by the scores in the inference log',
    panels: ['registry'],
    input: z.object({ name: endpointName, version: z.coerce.number().int().positive(), days: count.max(366).default(7) }),
    output: scoredTraffic,
  }),
  getMonitoring: route({
    method: 'GET',
    path: '/endpoints/:name/monitoring',
    summary: 'Statistics of an endpoint over a time span',
    panels: ['monitoring'],
    input: z.object({
      name: endpointName,
      /** Epoch milliseconds; default: the last hour. */
      from: z.coerce.number().int().optional(),
      to: z.coerce.number().int().optional(),
      release: z.string().optional(),
      /** At most so many windows. */
      windows: count.max(1000).default(60),
    }),
    output: monitoring,
  }),
  getDrift: route({
    method: 'GET',
    path: '/endpoints/:name/drift',
    summary: 'What every drift method says of one feature over a time span, beside the baseline of the live release',
    panels: ['monitoring'],
    input: z.object({
      name: endpointName,
      feature: z.string(),
      /** Epoch milliseconds; default: the last hour. */
      from: z.coerce.number().int().optional(),
      to: z.coerce.number().int().optional(),
    }),
    output: z.object({
      drift: z.array(driftFigure),
      /** The method that Evidently 0.7 takes for such a column when none is named; null where the two sides cannot be compared. */
      evidentlyDefault: z.string().nullable(),
    }),
  }),
  listRequests: route({
    method: 'GET',
    path: '/endpoints/:name/requests',
    summary: 'The latest logged requests, the newest first',
    panels: ['monitoring'],
    input: z.object({ name: endpointName, limit: count.max(500).default(50), errors: z.enum(['true', 'false']).default('false') }),
    output: z.object({ requests: z.array(loggedRequest) }),
  }),
};
