import { z } from 'zod';
import { count, digest, empty, endpointName, timestamp } from './values.ts';
import { answeredAllowance } from './allowances.ts';
import { rehearsalReport } from './rehearsal.ts';
import { rolloutCheck } from './rolloutCheck.ts';
import { releaseDifference } from './releases.ts';
import { servingConfig } from './servingConfig.ts';
import { route } from './route.ts';
import { shadowPlan, shadowReport } from './shadow.ts';
import { sticky } from './sticky.ts';
import { orText, orUnknownKind } from './unknown.ts';

/** Name of a place where replicas run, such as `docker`; the companion knows which there are and says so by `listTargets`. */
const targetKind = z.string();

/** A place where replicas run, as it describes itself. */
export const describedTarget = z.object({
  kind: targetKind,
  /** What people call it, such as `Container`. */
  label: z.string(),
  /** Name of a codicon. */
  icon: z.string(),
  /** What keeps a replica apart from the rest of the machine, as a sentence. */
  isolation: z.string(),
  /** Whether it builds and runs images. */
  buildsImages: z.boolean(),
  /** Names of the settings that it reads. */
  settings: z.array(z.string()),
  /** It takes new endpoints that name no target. */
  isDefault: z.boolean(),
  available: z.boolean(),
  /** Engine and version when available; else why not and what to do. */
  detail: z.string(),
});
export type DescribedTarget = z.infer<typeof describedTarget>;

/** How many model servers run a release of an endpoint. */
export const replicaCount = z.number().int().min(1).max(16);

/** How many recorded requests a rehearsal sends at most. */
const rehearsed = z.number().int().min(0).max(5000);

/** What a new release is judged by, beside the one that was live; nothing counts before the minimum of requests is reached. */
export const rolloutChecks = z.object({
  minimumRequests: z.number().int().min(1).default(20),
  /** Share of requests that the server or the model fails. */
  maximumErrorRate: z.number().min(0).max(1).default(0.01),
  /** The new release's p50, p95 and p99 over the live one's; null: not checked. */
  maximumLatencyRatio: z.number().positive().nullable().default(2),
  /** How far the answers may be from the live release's over the same time: the largest difference of their shares, 0 to 1; null: not checked. */
  maximumPredictionShift: z.number().min(0).max(1).nullable().default(0.25),
  /** Share of the rows of a rehearsal, and of a shadow, that have to be answered as the live release does; null: not checked. */
  minimumAgreement: z.number().min(0).max(1).nullable().default(null),
});
export type RolloutChecks = z.infer<typeof rolloutChecks>;

const judged = {
  checks: rolloutChecks.prefault({}),
  /** Seconds after the switch in which the endpoint goes back by itself when the new release fails requests; 0: not watched. */
  watchSeconds: z.number().int().min(0).max(86_400).default(600),
  /** Recorded requests that the new release has to answer outside of the traffic before it gets any; 0: none. */
  rehearse: rehearsed.default(0),
  /** Copies of live requests that the new release answers beside the traffic before it gets any; absent: none. */
  shadow: shadowPlan.optional(),
};

const shared = {
  ...judged,
  /** Seconds that a step lasts at least. */
  stepSeconds: z.number().min(0).max(86_400).default(30),
  /** Wait for `promote` after each step. */
  hold: z.boolean().default(false),
  /** Seconds in which a step has to see its minimum of requests; then the rollout is undone. 0: it waits for as long as it takes. */
  deadlineSeconds: z.number().min(0).max(604_800).default(3600),
  /** Which requests stay with a release while the traffic is shared; absent: those with the same `x-slipway-key`. */
  sticky: sticky.optional(),
};

export const strategy = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('all-at-once'), ...judged }),
  z.object({
    kind: z.literal('blue-green'),
    ...judged,
    /** Hold before the switch until someone promotes. */
    hold: z.boolean().default(false),
  }),
  z.object({
    kind: z.literal('canary'),
    ...shared,
    /** Shares of the traffic, in percent and rising, that the new release gets before it gets all. */
    steps: z.array(z.number().int().min(1).max(99)).min(1).max(20).default([10, 50]),
  }),
  z.object({
    kind: z.literal('linear'),
    ...shared,
    /** By how many percent the share of the new release grows with each step. */
    increment: z.number().int().min(5).max(50).default(10),
  }),
  /** The rehearsal alone: the new release is never given traffic. */
  z.object({ kind: z.literal('rehearsal'), ...judged, rehearse: rehearsed.min(1).default(500) }),
]);
export type Strategy = z.infer<typeof strategy>;
/** A strategy as one asks for it: what is left out has its default. */
export type StrategyInput = z.input<typeof strategy>;
/** A strategy that gives the new release a growing share of the traffic. */
export type SharingStrategy = Extract<Strategy, { kind: 'canary' | 'linear' }>;

/** Shares of the traffic in percent, rising, that the new release gets before it gets all; none where the traffic moves at once. */
export function sharesOf(given: Strategy | { readonly kind: 'unknown' }): readonly number[] {
  switch (given.kind) {
    case 'canary':
      return given.steps;
    case 'linear':
      return Array.from({ length: Math.ceil(100 / given.increment) - 1 }, (_, step) => (step + 1) * given.increment);
    default:
      return [];
  }
}

export const replicaState = z.enum(['starting', 'ready', 'unhealthy', 'paused', 'stopped', 'failed']);
export type ReplicaState = z.infer<typeof replicaState>;
export const replica = z.object({
  id: z.string(),
  release: digest,
  target: targetKind,
  state: orText(replicaState),
  /** Where it answers, each as `host:port`; none while it is being started. */
  addresses: z.array(z.string()),
  /** Process id or container id. */
  handle: z.string().optional(),
  /** The handle behind what it is, such as `container 8c1f`. */
  handleLabel: z.string().optional(),
  startedAt: timestamp,
  readyAt: timestamp.optional(),
  restarts: z.number().int(),
  message: z.string().optional(),
  /** What keeps it apart from the rest of the machine, such as `Landlock: no access to your files and no network`; absent where an earlier version started it. */
  isolation: z.string().optional(),
});
export type Replica = z.infer<typeof replica>;

const routedRelease = z.object({ release: digest, modelVersion: z.number().int() });

/** An endpoint's traffic. */
const trafficRoute = z.object({
  /** Shares in percent that add up to 100. */
  weights: z.array(routedRelease.extend({ weight: z.number().int().min(0).max(100) })),
  /** Releases without a share that answer what names them in `x-slipway-release`. */
  byHeader: z.array(routedRelease).default([]),
  /** The release that answers copies of so many percent of the requests, to nobody. */
  shadow: routedRelease.extend({ percent: z.number() }).optional(),
});

/** A step that a rollout takes, in the order of the list that it stands in. */
export const rolloutStep = z.object({
  id: z.string(),
  /** For people. */
  label: z.string(),
  /** Its part of the rollout in percent; those of all steps add up to 100. */
  share: z.number(),
  state: orText(z.enum(['done', 'current', 'held', 'failed', 'waiting'])),
});
export type RolloutStep = z.infer<typeof rolloutStep>;
export const rolloutState = z.enum(['running', 'held', 'succeeded', 'failed', 'cancelled']);
export type RolloutState = z.infer<typeof rolloutState>;
export const rolloutKind = z.enum(['deploy', 'rollback']);
export type RolloutKind = z.infer<typeof rolloutKind>;
export const rolloutEvent = z.enum(['started', 'progress', 'finished', 'failed', 'held', 'inconclusive']);

/** What a rollout waits for while it holds. */
export const rolloutNeed = orUnknownKind(
  z.discriminatedUnion('kind', [
    /** Someone promotes it. */
    z.object({ kind: z.literal('promotion') }),
    /** Its share of the traffic cannot be judged by the requests seen so far; it goes on by itself when there are enough, or when someone promotes it. */
    z.object({ kind: z.literal('requests'), minimum: z.number().int(), seen: z.number().int() }),
  ]),
);
export type RolloutNeed = z.infer<typeof rolloutNeed>;

/** What completes "waits for". */
export function describeNeed(need: RolloutNeed): string {
  switch (need.kind) {
    case 'promotion':
      return 'a promotion';
    case 'requests':
      return `requests to the new release: ${need.seen} of ${need.minimum} so far`;
    case 'unknown':
      return need.name;
  }
}

export const journalEntry = z.object({
  at: timestamp,
  /** Id of a step, or `done`. */
  step: z.string(),
  /** The step's name for people. */
  label: z.string(),
  event: orText(rolloutEvent),
  message: z.string(),
  /** What a hold that began here waited for; empty for every other event. */
  needs: z.array(rolloutNeed),
});
export type JournalEntry = z.infer<typeof journalEntry>;

/** What the gateway counted of one release. Latencies are milliseconds at the gateway; absent while there was no request. */
export const trafficCount = z.object({
  modelVersion: z.number().int(),
  requests: z.number(),
  /** Requests that the server or the model failed. */
  errors: z.number(),
  /** Requests that were refused as bad input. */
  refused: z.number(),
  latency: z.object({ p50: z.number(), p95: z.number(), p99: z.number() }).optional(),
});
export type TrafficCount = z.infer<typeof trafficCount>;

/** The new release beside the one that was live, as of `at`. */
export const rolloutComparison = z.object({
  /** From when the new release's requests count: when its share came into force, or when it took over. */
  since: timestamp,
  at: timestamp,
  fresh: trafficCount,
  /** Over the same time; after the switch, over the time before it. */
  live: trafficCount,
  checks: z.array(rolloutCheck),
});
export type RolloutComparison = z.infer<typeof rolloutComparison>;

/** A rollout without what has happened in it so far. */
export const rolloutSummary = z.object({
  id: z.string(),
  endpoint: z.string(),
  kind: orText(rolloutKind),
  model: z.string(),
  from: digest.optional(),
  fromVersion: z.number().int().optional(),
  /** Absent until the release is packaged, which is the first thing that a rollout does. */
  to: digest.optional(),
  toVersion: z.number().int(),
  /** URL of the MLflow server that `toVersion` is registered on; absent for the companion's own registry. */
  server: z.string().optional(),
  target: targetKind,
  /** How many replicas of the new release run. */
  replicaCount: z.number().int(),
  strategy: orUnknownKind(strategy),
  state: orText(rolloutState),
  /** Id of the step that it is at, or `done`. */
  step: z.string(),
  /** The step's name for people. */
  stepLabel: z.string(),
  /** The steps that it takes, in their order. */
  steps: z.array(rolloutStep),
  /** How much of it is done, in percent. */
  progress: z.number().int().min(0).max(100),
  /** What it holds for; empty while it does not hold. */
  needs: z.array(rolloutNeed),
  /** What it was refused for, and a person may allow (`allowAndDeploy`); empty where it did not fail, or for nothing that could be allowed. */
  allowable: z.array(answeredAllowance),
  /** Whether "promote" is possible now. */
  promotable: z.boolean(),
  /** Whether it can be cancelled now: the new release has not taken over. */
  cancellable: z.boolean(),
  /** The new release's share of the traffic, in percent. */
  weight: z.number().int(),
  /** When that share came into force; absent before the first. */
  shareSince: timestamp.optional(),
  /** What the new release is judged by; absent where nothing was counted. */
  comparison: rolloutComparison.optional(),
  /** Until then the endpoint goes back by itself when the new release fails requests; absent where it does not. */
  watchedUntil: timestamp.optional(),
  /** Nobody asked for it: the endpoint went back by itself. */
  automatic: z.boolean().default(false),
  /** Why it was asked for; empty where that was not said. */
  reason: z.string().default(''),
  startedAt: timestamp,
  endedAt: timestamp.optional(),
  requestedBy: z.string(),
  /** Why it failed or holds; else what it is doing. */
  message: z.string(),
});
export type RolloutSummary = z.infer<typeof rolloutSummary>;

/** A rollout with its journal, the oldest entry first, and with what its rehearsal and its shadow came to. */
export const rollout = rolloutSummary.extend({ journal: z.array(journalEntry), rehearsal: rehearsalReport.optional(), shadow: shadowReport.optional() });
export type Rollout = z.infer<typeof rollout>;

/** Whether a rollout goes on or waits. */
export function isUnderWay({ state }: Pick<RolloutSummary, 'state'>): boolean {
  return state === 'running' || state === 'held';
}

export const readiness = z.enum(['live', 'warm', 'cold', 'unavailable']);
export type Readiness = z.infer<typeof readiness>;

/** A past or present release of an endpoint, the newest first. */
export const endpointRelease = z.object({
  release: digest,
  modelVersion: z.number().int(),
  /** URL of the MLflow server that it came from; absent for the companion's own registry. */
  server: z.string().optional(),
  liveFrom: timestamp,
  liveUntil: timestamp.optional(),
  /** How fast it can be back: `warm` replicas run, `cold` has to be started, `unavailable` cannot run. */
  readiness: orText(readiness),
  reason: z.string().optional(),
  /** What keeps its replicas apart from the rest of the machine; absent where none runs, or an earlier version started them. */
  isolation: z.string().optional(),
  /** What its model was allowed to do that is refused otherwise, and by whom; absent where nothing was. */
  allowed: z.object({ imports: z.array(z.string()), builds: z.array(z.string()), by: z.array(z.string()) }).optional(),
});
export type EndpointRelease = z.infer<typeof endpointRelease>;

/** Requests that were answered and are not in the inference log. */
export const logLoss = z.object({
  requests: z.number().int(),
  /** Arrival of the first and of the last. */
  from: timestamp,
  to: timestamp,
  /** Why, for people. */
  failure: z.string(),
  /** It goes on. */
  open: z.boolean(),
});
export type LogLoss = z.infer<typeof logLoss>;

export const endpointState = z.enum(['empty', 'rolling-out', 'live', 'degraded', 'stopped', 'failed']);
export type EndpointState = z.infer<typeof endpointState>;
/** An endpoint as it is now: what a list of endpoints shows of each. */
export const endpointSummary = z.object({
  name: endpointName,
  model: z.string(),
  target: targetKind,
  /** What people call the target. */
  targetLabel: z.string(),
  /** How many replicas run the live release, and the one before it, which is kept warm. */
  replicaCount: z.number().int(),
  /** `http://127.0.0.1:PORT/endpoints/NAME`; `/invocations` and `/ping` are below it. */
  url: z.string(),
  state: orText(endpointState),
  message: z.string(),
  /** What its inference log has lost last, while that is less than a day ago. */
  logLoss: logLoss.optional(),
  createdAt: timestamp,
  liveRelease: digest.optional(),
  liveVersion: z.number().int().optional(),
  /** URL of the MLflow server that the live version came from; absent for the companion's own registry. */
  liveServer: z.string().optional(),
  route: trafficRoute,
  replicas: z.array(replica),
  /** How many different releases have been live. */
  releaseCount: z.number().int(),
  /** The past releases that can be back at once. */
  warm: z.array(z.object({ release: digest, modelVersion: z.number().int(), server: z.string().optional() })),
  /** The rollout that goes on, else the last one. */
  rollout: rolloutSummary.optional(),
});
export type EndpointSummary = z.infer<typeof endpointSummary>;

/** An endpoint with the releases that it has had, the newest first, and its rollout with its journal. */
export const endpoint = endpointSummary.extend({
  history: z.array(endpointRelease),
  /** The release of the history that a rollback goes to by default; absent when there is none. */
  rollbackTo: digest.optional(),
  rollout: rollout.optional(),
});
export type Endpoint = z.infer<typeof endpoint>;

/** The model version of a release of an endpoint; undefined for one that neither runs nor stands in the history that is at hand. */
export function versionOf(endpoint: EndpointSummary | Endpoint, digest: string): number | undefined {
  const { route, warm, rollout } = endpoint;
  const known = [...route.weights, ...route.byHeader, ...warm, ...('history' in endpoint ? endpoint.history : [])];
  return known.find(({ release }) => release === digest)?.modelVersion ?? (rollout?.to === digest ? rollout.toVersion : undefined);
}

/** What keeps the replicas of an endpoint apart from the rest of the machine, each way once. */
export function isolationsOf({ replicas }: Pick<EndpointSummary, 'replicas'>): string[] {
  return [...new Set(replicas.map(({ isolation }) => isolation ?? 'Not known: a replica was started by an earlier version of Slipway'))];
}

/** A time in which a release was the live one of an endpoint. */
export const liveSpan = endpointRelease.pick({ release: true, modelVersion: true, server: true, liveFrom: true, liveUntil: true }).extend({ endpoint: z.string() });
export type LiveSpan = z.infer<typeof liveSpan>;

const named = z.object({ name: endpointName });

/** What a deploy asks for. */
export const deployInput = named.extend({
  model: z.string().min(1),
  version: z.union([z.number().int().positive(), z.string().regex(/^@?[\w-]+$/)]),
  target: targetKind.optional(),
  /** Replicas of the new release; absent: as many as the endpoint has, and one for a new endpoint. */
  replicaCount: replicaCount.optional(),
  /** Absent: as the policy of the model says, and all at once where it says nothing. */
  strategy: strategy.optional(),
  serving: servingConfig.prefault({}),
  /** The caller knows what the version's signature would break for callers of the live one; without it such a deploy is refused, and names it. */
  allowBreaking: z.boolean().default(false),
});

export const deployRoutes = {
  listTargets: route({ method: 'GET', path: '/targets', summary: 'Where replicas can run', input: empty, output: z.object({ targets: z.array(describedTarget) }) }),
  listEndpoints: route({ method: 'GET', path: '/endpoints', summary: 'Endpoints as they are now', panels: ['registry', 'monitoring', 'releases'], input: empty, output: z.object({ endpoints: z.array(endpointSummary) }) }),
  getEndpoint: route({ method: 'GET', path: '/endpoints/:name', summary: 'One endpoint with its history and the journal of its rollout', panels: ['releases'], input: named, output: endpoint }),
  listLiveSpans: route({
    method: 'GET',
    path: '/live-spans',
    summary: 'When the versions of a model were live, and on which endpoints; the latest first',
    panels: ['registry'],
    input: z.object({ model: z.string().min(1) }),
    output: z.object({ spans: z.array(liveSpan) }),
  }),
  deploy: route({
    method: 'POST',
    path: '/endpoints/:name/deploy',
    summary: 'Move an endpoint to a model version; creates the endpoint if needed. Answers at once with the rollout',
    needsTrust: 'deploying a model',
    input: deployInput,
    output: rollout,
  }),
  allowAndDeploy: route({
    method: 'POST',
    path: '/rollouts/:id/allow',
    summary: 'Deploy again what a rollout was refused with, all that it named as allowable allowed by the caller. Answers at once with the new rollout',
    needsTrust: 'allowing what a deploy was refused for',
    input: z.object({ id: z.string() }),
    output: rollout,
  }),
  promote: route({ method: 'POST', path: '/endpoints/:name/promote', summary: 'Let a held rollout go on, or send all traffic to the canary', panels: ['releases'], needsTrust: 'promoting a rollout', input: named, output: rollout }),
  cancelRollout: route({ method: 'POST', path: '/endpoints/:name/cancel', summary: 'Cancel the running rollout; the old release stays', panels: ['releases'], input: named, output: rollout }),
  previewRollback: route({
    method: 'GET',
    path: '/endpoints/:name/rollback',
    summary: 'What a rollback would change, and whether it is possible',
    panels: ['releases'],
    input: named.extend({ to: z.string().optional() }),
    output: z.object({
      from: digest,
      to: digest,
      toVersion: z.number().int(),
      readiness: endpointRelease.shape.readiness,
      differences: z.array(releaseDifference),
      /** Set when the rollback would be refused. */
      refusal: z.string().optional(),
    }),
  }),
  rollBack: route({
    method: 'POST',
    path: '/endpoints/:name/rollback',
    summary: 'Go back to an earlier release (default: the one before), as one unit. Answers when the traffic has moved if the release is warm, else at once',
    panels: ['releases'],
    input: named.extend({ to: z.string().optional(), reason: z.string().max(1000).default('') }),
    output: z.object({ rollout, /** Milliseconds from the request to the route being in force; absent while it still goes on. */ durationMs: z.number().optional() }),
  }),
  stopEndpoint: route({ method: 'POST', path: '/endpoints/:name/stop', summary: 'Stop the replicas; the endpoint and its history stay', input: named, output: endpoint }),
  startEndpoint: route({ method: 'POST', path: '/endpoints/:name/start', summary: 'Start a stopped endpoint with its live release', needsTrust: 'starting an endpoint', input: named, output: endpoint }),
  scaleEndpoint: route({
    method: 'POST',
    path: '/endpoints/:name/scale',
    summary: 'Run another number of replicas of the live release, without a rollout. Answers at once; the state is degraded until all are ready',
    input: named.extend({ replicaCount }),
    output: endpoint,
  }),
  deleteEndpoint: route({
    method: 'DELETE',
    path: '/endpoints/:name',
    summary: 'Remove an endpoint with its replicas; releases and the audit log stay. One that had requests in the last minute is removed only with a yes',
    input: named.extend({ evenIfBusy: z.enum(['true', 'false']).default('false') }),
    output: empty,
  }),
  listRollouts: route({ method: 'GET', path: '/endpoints/:name/rollouts', summary: 'Rollouts, the newest first', input: named, output: z.object({ rollouts: z.array(rollout) }) }),
  getRollout: route({ method: 'GET', path: '/rollouts/:id', summary: 'One rollout with its journal', panels: ['promotion'], input: z.object({ id: z.string() }), output: rollout }),
  readLogs: route({
    method: 'GET',
    path: '/endpoints/:name/logs',
    summary: 'The last lines that the replicas and the environment builds wrote',
    input: named.extend({ lines: count.max(5000).default(200), replica: z.string().optional() }),
    output: z.object({ logs: z.array(z.object({ source: z.string(), lines: z.array(z.string()) })) }),
  }),
};
