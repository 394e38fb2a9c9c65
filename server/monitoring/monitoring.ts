import { Router } from 'express';
import { readdirSync, watch, type FSWatcher } from 'node:fs';
import { createTurn } from '../platform/time/turn.ts';
import { createThrottle } from '../platform/time/throttle.ts';
import type { CompanionContext } from '../platform/context.ts';
import { forgetRoutes } from '../contract/forget.ts';
import { monitoringRoutes, type Verdict } from '../contract/monitoring.ts';
import type { Performance } from '../contract/performance.ts';
import type { Signature } from '../contract/registry.ts';
import type { Release } from '../contract/releases.ts';
import { Problem } from '../platform/errors.ts';
import { ifFound } from '../platform/ifFound.ts';
import type { Feature } from '../platform/feature.ts';
import type { GatewayControl } from '../gateway/control.ts';
import type { AuditLog } from '../governance/auditLog.ts';
import { implement } from '../platform/http/implement.ts';
import { baselineRouter } from './baselines/baselineRouter.ts';
import type { TrainingDrift } from './baselines/trainingDrift.ts';
import { givenRowsRouter, removeGivenRows } from './givenRows.ts';
import { createLabels } from './labels/labels.ts';
import type { Agreement } from './rehearsal/compareAnswers.ts';
import type { RecordedRequest } from './rehearsal/recordedRequests.ts';
import type { AnswersInput, CompareInput, CopiesInput, CountInput, RecordedInput, TrainingDriftInput } from './windows/ingestMessages.ts';
import type { FleetEndpoint, FleetTraffic } from './windows/fleetTraffic.ts';
import type { LiveTrafficAnswer, LiveTrafficInput } from './windows/liveTraffic.ts';
import type { MonitoringFigures } from './windows/query.ts';
import { createWindowTable } from './windows/windowTable.ts';
import type { FoundRequest } from './findRequest.ts';
import { trafficFigures, type TrafficFigures } from './trafficFigures.ts';
import { forgetRequests } from './forget/forgetRequests.ts';
import { createIngestWorker, type IngestWorker } from './windows/ingestWorker.ts';

const defaultSpanMilliseconds = 3_600_000;
const eventMilliseconds = 1000;
const tidyMilliseconds = 3_600_000;

/** What monitoring needs to know of an endpoint. */
export interface MonitoredEndpoint {
  /** The release whose baseline is shown. */
  readonly liveRelease: string | undefined;
  /** The model version that a release brought; undefined for one that is gone. */
  readonly versionOf: (release: string) => number | undefined;
}

/** What monitoring needs of the features below and beside it. */
export interface MonitoringSources {
  /** Undefined when there is no such endpoint. */
  endpoint(name: string): MonitoredEndpoint | undefined;
  readonly releases: {
    /** By the whole digest or an unambiguous beginning. */
    get(digest: string): Release;
    example(digest: string): Promise<{ readonly request: unknown; readonly response?: unknown } | undefined>;
  };
  /** A model version of the registry that is in use. @throws Problem `not-found` */
  version(name: string, version: number): Promise<{ readonly digest: string; readonly signature: Signature | undefined }>;
  readonly gateway: Pick<GatewayControl, 'flush'>;
  readonly audit: AuditLog;
  /** Days that the log is kept at least, whatever the settings say. */
  keptDays(): number;
}

export interface MonitoringFeature extends Feature {
  /** Traffic of windows that begin in [from, to), of all releases together. */
  traffic(endpoint: string, from: number, to: number): TrafficFigures;
  /** Traffic of many endpoints, from the windows as they are; read in a thread. */
  fleetTraffic(endpoints: readonly FleetEndpoint[]): Promise<FleetTraffic[]>;
  /** Traffic of each time in which a release of an endpoint was live, and the last minutes of the one that goes on; read in a thread. */
  liveTraffic(input: LiveTrafficInput): Promise<LiveTrafficAnswer>;
  /** What a span says of the inputs and predictions of the live release. */
  verdict(endpoint: string, from: number, to: number): Promise<Verdict | undefined>;
  /** What a span says of the inputs and predictions of a release, with what stands out in each feature. */
  seen(endpoint: string, from: number, to: number, release: string): Promise<Pick<MonitoringFigures, 'features' | 'verdict'>>;
  /** Predictions beside their labels. */
  performance(endpoint: string, from: number, to: number, windows: number): Promise<Performance>;
  /** Whether labels of an endpoint have ever come. */
  hasLabels(endpoint: string): boolean;
  /** When the last labels of an endpoint came since the companion started. */
  labelledAt(endpoint: string): number | undefined;
  /** What each of some releases of an endpoint has answered since a time: predictions of the latest requests, one list a release. */
  answers(input: AnswersInput): Promise<(string | number | boolean)[][]>;
  /** How many requests of an endpoint the log has since a time. */
  count(input: CountInput): Promise<number>;
  /** A request by its id, of one endpoint or of any; undefined where the log does not have it. */
  find(id: string, endpoint: string | undefined): Promise<FoundRequest | undefined>;
  /** Requests that a release has answered: a sample by the hash of their ids. */
  recorded(input: RecordedInput): Promise<RecordedRequest[]>;
  /** How far two releases agree on recorded requests of an endpoint, and who was right where labels have come. */
  compare(input: Omit<CompareInput, 'labels'> & { readonly endpoint: string }): Promise<Agreement>;
  /** How far the training data of a release is from the baseline of the live one, or why that cannot be said. */
  trainingDrift(input: TrainingDriftInput): Promise<TrainingDrift | { readonly reason: string }>;
  /** As {@link compare}, of a shadow's answers to copies of requests that the log has. */
  compareCopies(input: CopiesInput): Promise<Agreement>;
}

interface Span {
  readonly endpoint: string;
  /** Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
}

/** @throws Problem for a span that ends before it begins */
function spanOf(span: { readonly from?: number | undefined; readonly to?: number | undefined }): { readonly from: number; readonly to: number } {
  const to = span.to ?? Date.now();
  const from = span.from ?? to - defaultSpanMilliseconds;
  if (from >= to) {
    throw new Problem('invalid-input', 'from: must be before to', { field: 'from' });
  }
  return { from, to };
}

/** Statistics of the endpoints' traffic, from the inference log that the gateway writes. */
export function createMonitoring(context: CompanionContext, sources: MonitoringSources): MonitoringFeature {
  const { home, events, log } = context;
  const throttle = createThrottle(eventMilliseconds, (endpoint) => events.publish({ topic: 'monitoring', endpoint }));
  const changed = (endpoint: string): void => throttle.call(endpoint, undefined);
  const releaseOf = (digest: string): Release | undefined => ifFound(() => sources.releases.get(digest));
  const worker = createIngestWorker({
    home,
    log,
    pollMilliseconds: context.timing.ingest,
    changed(endpoint) {
      changed(endpoint);
      labels.logGrew(endpoint);
    },
    async facts(digest) {
      const release = releaseOf(digest);
      return release === undefined ? undefined : { modelDigest: release.model.digest, signature: release.signature, serving: release.serving, data: release.data, example: await sources.releases.example(digest) };
    },
  });
  const labels = createLabels(context, { requireEndpoint: (name) => void endpointOf(name), release: releaseOf, flush: () => sources.gateway.flush(), audit: sources.audit, changed });

  const endpointOf = (name: string): MonitoredEndpoint => requireEndpoint(name, sources);

  const router = Router();
  if (labels.router !== undefined) {
    router.use(labels.router);
  }
  router.use(baselineRouters(home, sources, worker));
  implement(router, monitoringRoutes.getMonitoring, async ({ name, release: asked, windows, ...span }) => {
    const { liveRelease, versionOf } = endpointOf(name);
    const { from, to } = spanOf(span);
    const release = asked === undefined ? undefined : sources.releases.get(asked).digest;
    const loss = (await sources.gateway.flush())?.losses.find(({ endpoint }) => endpoint === name);
    const { figures, log: size } = await worker.query({ endpoint: name, from, to, release, reference: release ?? liveRelease, windows, gaps: loss?.gaps ?? [] });
    const releases = figures.releases.map((part) => {
      const modelVersion = versionOf(part.release);
      return { ...part, ...(modelVersion === undefined ? {} : { modelVersion }) };
    });
    return { ...figures, releases, log: { ...size, dropped: figures.total.lost?.requests ?? 0, ...(loss?.open === true ? { failure: loss.failure } : {}) } };
  });
  implement(router, monitoringRoutes.getDrift, async ({ name, feature, ...span }) => {
    const { liveRelease } = endpointOf(name);
    await sources.gateway.flush();
    const answer = await worker.drift({ endpoint: name, feature, ...spanOf(span), reference: liveRelease });
    if (answer === undefined) {
      throw new Problem('not-found', `${name} has no feature ${feature}.`, { field: 'feature', remedy: `See its features with "slipway monitor ${name}".` });
    }
    return answer;
  });
  implement(router, monitoringRoutes.listRequests, async ({ name, limit, errors }) => {
    endpointOf(name);
    await sources.gateway.flush();
    return { requests: await worker.requests({ endpoint: name, limit, errorsOnly: errors === 'true' }) };
  });

  implement(router, monitoringRoutes.getScoredTraffic, async ({ name, version, days }) => {
    endpointOf(name);
    await sources.gateway.flush();
    const to = Date.now();
    return worker.scores({ endpoint: name, version, from: to - days * 86_400_000, to });
  });

  const forgetting = { read: (endpoint: string) => verdictOf(lastMinute(endpoint), sources, worker), labels, audit: sources.audit, changed };
  implement(router, forgetRoutes.forgetRequests, ({ name, where }, { caller }) => {
    endpointOf(name);
    return rewriting(() => forgetRequests({ name, where, caller }, forgetting));
  });

  /** What writes segments of the log anew, one at a time. */
  const rewriting = createTurn();
  const windowTable = createWindowTable(context.database);
  let watcher: FSWatcher | undefined;
  let tidyTimer: NodeJS.Timeout | undefined;
  let unsubscribe: (() => void) | undefined;
  /** What labels need of the log is read before anything leaves it. */
  const tidy = (): void => {
    const keptDays = Math.max(context.settings().inferenceLogDays, sources.keptDays());
    labels
      .tidy(keptDays)
      .then(() => rewriting(() => worker.tidy({ keptDays })))
      .catch((error: unknown) => log.error('tidying the inference log', error));
  };
  /** The thread runs only where there is a log: an idle companion stays small. */
  const begin = (): void => {
    watcher?.close();
    watcher = undefined;
    worker.start();
    tidyTimer ??= setInterval(tidy, tidyMilliseconds).unref();
  };

  return {
    router,
    traffic: (endpoint, from, to) => trafficFigures(windowTable, endpoint, from, to),
    fleetTraffic: (endpoints) => worker.fleet({ endpoints }),
    liveTraffic: async (input) => worker.liveTraffic({ ...input, gaps: (await sources.gateway.flush())?.losses.find(({ endpoint }) => endpoint === input.endpoint)?.gaps ?? [] }),
    ...spanReads(sources, worker),
    performance: (endpoint, from, to, windows) => labels.performance(endpoint, from, to, windows),
    hasLabels: (endpoint) => labels.hasLabels(endpoint),
    labelledAt: (endpoint) => labels.labelledAt(endpoint),
    answers: (input) => sources.gateway.flush().then(() => worker.answers(input)),
    count: (input) => sources.gateway.flush().then(() => worker.count(input)),
    find: (id, endpoint) => sources.gateway.flush().then(() => worker.find({ id, endpoint })),
    recorded: (input) => sources.gateway.flush().then(() => worker.recorded(input)),
    compare: async ({ endpoint, release, pairs }) => worker.compare({ release, pairs, labels: await labels.ofRequests(endpoint, pairs.map(({ id }) => id)) }),
    trainingDrift: (input) => worker.trainingDrift(input),
    compareCopies: (input) => sources.gateway.flush().then(async () => worker.compareCopies({ ...input, labels: await labels.ofRequests(input.endpoint, input.answers.map(({ id }) => id)) })),
    async start() {
      await removeGivenRows(home);
      unsubscribe = events.subscribe((event) => {
        if (event.topic === 'release') {
          worker.prepare({ release: event.digest }).catch((error: unknown) => log.error(`taking the baseline of release ${event.digest}`, error));
        }
      });
      if (readdirSync(home.inference).length > 0) {
        begin();
        tidy();
      } else {
        watcher = watch(home.inference, { persistent: false }, begin).once('error', begin);
      }
    },
    async stop() {
      watcher?.close();
      clearInterval(tidyTimer);
      unsubscribe?.();
      throttle.stop();
      await labels.stop?.();
      await worker.stop();
    },
  };
}

function baselineRouters(home: CompanionContext['home'], sources: MonitoringSources, worker: IngestWorker): Router {
  const version: MonitoringSources['version'] = (name, number) => sources.version(name, number);
  const router = Router();
  router.use(
    baselineRouter({ audit: sources.audit, version, requireEndpoint: (name) => void requireEndpoint(name, sources), read: (endpoint) => verdictOf(lastMinute(endpoint), sources, worker), worker }),
  );
  router.use(givenRowsRouter({ home, audit: sources.audit, version, take: (given) => worker.takeRows(given) }));
  return router;
}

function spanReads(sources: MonitoringSources, worker: Pick<IngestWorker, 'query'>): Pick<MonitoringFeature, 'verdict' | 'seen'> {
  return {
    verdict: (endpoint, from, to) => verdictOf({ endpoint, from, to }, sources, worker),
    seen: (endpoint, from, to, release) => figuresOf({ endpoint, from, to }, release, sources, worker),
  };
}

async function verdictOf(span: Span, sources: MonitoringSources, worker: Pick<IngestWorker, 'query'>): Promise<Verdict | undefined> {
  return (await figuresOf(span, sources.endpoint(span.endpoint)?.liveRelease, sources, worker)).verdict;
}

/** @param reference the release whose inputs and predictions are judged */
async function figuresOf(span: Span, reference: string | undefined, sources: Pick<MonitoringSources, 'gateway'>, worker: Pick<IngestWorker, 'query'>): Promise<MonitoringFigures> {
  await sources.gateway.flush();
  const { figures } = await worker.query({ ...span, release: undefined, reference, windows: 1, gaps: [] });
  return figures;
}

function lastMinute(endpoint: string): Span {
  const to = Date.now();
  return { endpoint, from: to - 60_000, to };
}

/** @throws Problem `not-found` where there is none of that name */
function requireEndpoint(name: string, sources: Pick<MonitoringSources, 'endpoint'>): MonitoredEndpoint {
  const endpoint = sources.endpoint(name);
  if (endpoint === undefined) {
    throw new Problem('not-found', `There is no endpoint ${name}.`, { field: 'name', remedy: 'List them with "slipway endpoints".' });
  }
  return endpoint;
}
