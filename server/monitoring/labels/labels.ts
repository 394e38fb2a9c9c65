import { text as textBody, Router } from 'express';
import { performanceRoutes, type Performance } from '../../contract/performance.ts';
import type { Forgotten } from '../../contract/forget.ts';
import type { Release } from '../../contract/releases.ts';
import type { AuditLog } from '../../governance/auditLog.ts';
import type { CompanionContext } from '../../platform/context.ts';
import { Problem } from '../../platform/errors.ts';
import type { Feature } from '../../platform/feature.ts';
import { implement } from '../../platform/http/implement.ts';
import { within } from '../../platform/time/within.ts';
import { inputColumns } from '../columns/columnSpec.ts';
import type { PersonKey } from '../forget/logLines.ts';
import { answerForm } from './answerForm.ts';
import type { LabelledRelease } from './labelMessages.ts';
import { createLabelTable } from './labelTable.ts';
import { createLabelWorker } from './labelWorker.ts';
import type { LabelOfRow } from './labelOfRow.ts';
import { createPredictionTable } from './predictionTable.ts';

const dayMilliseconds = 86_400_000;
const defaultDays = 30;
/** How long an answer waits for the log to be read to its end. */
const catchUpMilliseconds = 3000;
/** Text of labels in one call. */
const textLimit = '16mb';

export interface LabelSources {
  /** @throws Problem `not-found` when there is no such endpoint */
  requireEndpoint(name: string): void;
  /** Undefined for one that is gone. */
  release(digest: string): Release | undefined;
  /** Has the gateway write what it holds. */
  flush(): Promise<unknown>;
  readonly audit: AuditLog;
  changed(endpoint: string): void;
}

export interface Labels extends Feature {
  /** @throws Problem `invalid-input` for a span that ends before it begins */
  performance(endpoint: string, from: number, to: number, windows: number): Promise<Performance>;
  hasLabels(endpoint: string): boolean;
  /** When the last labels of an endpoint came since the companion started. */
  labelledAt(endpoint: string): number | undefined;
  /** The labels that have come of the rows of some requests. */
  ofRequests(endpoint: string, requests: readonly string[]): Promise<readonly LabelOfRow[]>;
  /** Erases a person by a key, in the log too. */
  forget(endpoint: string, key: PersonKey): Promise<Forgotten>;
  /** There is something new in the log of an endpoint. */
  logGrew(endpoint: string): void;
  /** Reads the logs of all endpoints with labels, then forgets what is older than the log is kept. */
  tidy(keptDays: number): Promise<void>;
}

/** Labels of an endpoint's predictions, and how right these were. */
export function createLabels(context: CompanionContext, sources: LabelSources): Labels {
  const { database, log } = context;
  const labels = createLabelTable(database);
  const predictions = createPredictionTable(database);
  const worker = createLabelWorker(context.home, log);

  const describe = (digests: readonly string[]): Record<string, LabelledRelease> => Object.fromEntries(digests.map((digest) => [digest, labelledRelease(sources.release(digest))]));
  const catchUp = async (endpoint: string): Promise<void> => {
    const known: Record<string, LabelledRelease> = {};
    for (;;) {
      const { wanted, changed } = await worker.ask('catchUp', { endpoint, releases: known });
      if (changed) {
        sources.changed(endpoint);
      }
      if (wanted.length === 0) {
        return;
      }
      Object.assign(known, describe(wanted));
    }
  };
  /** True when the log is read to its end in time; it is read on if not. */
  const caughtUp = async (endpoint: string): Promise<boolean> => {
    await sources.flush();
    return within(catchUpMilliseconds, catchUp(endpoint));
  };

  const lastLabels = new Map<string, number>();
  const router = Router();
  // Text for whoever sends a file as it is; the query has the rest.
  router.post(performanceRoutes.recordLabels.path, textBody({ type: ['text/csv', 'application/x-ndjson'], limit: textLimit }), (request, _response, next) => {
    if (typeof request.body === 'string') {
      request.body = { ...request.query, [request.is('text/csv') === false ? 'jsonLines' : 'csv']: request.body };
    }
    next();
  });
  implement(router, performanceRoutes.recordLabels, async ({ name, ...given }, { caller }) => {
    sources.requireEndpoint(name);
    const { since, ...counts } = await worker.ask('record', { endpoint: name, ...given });
    if (given.check) {
      return { ...counts, joined: null };
    }
    if (counts.added + counts.corrected + counts.outdated > 0) {
      const { keyColumn, source } = given;
      lastLabels.set(name, Date.now());
      sources.audit.append({ actor: caller, action: 'labels.recorded', subject: name, detail: { ...counts, source, ...(keyColumn === undefined ? {} : { keyColumn }) } });
      sources.changed(name);
    }
    return { ...counts, joined: (await caughtUp(name)) ? await worker.ask('joined', { endpoint: name, since }) : null };
  });
  const performance = async (name: string, from: number, to: number, windows: number): Promise<Performance> => {
    if (from >= to) {
      throw new Problem('invalid-input', 'from: must be before to', { field: 'from' });
    }
    const id = labels.find(name);
    const isComplete = id === undefined || (await caughtUp(name));
    const releases = id === undefined ? {} : describe(predictions.releases(id));
    return { ...(await worker.ask('performance', { endpoint: name, from, to, windows, releases })), isComplete };
  };
  implement(router, performanceRoutes.getPerformance, ({ name, windows, ...span }) => {
    sources.requireEndpoint(name);
    const to = span.to ?? Date.now();
    return performance(name, span.from ?? to - defaultDays * dayMilliseconds, to, windows);
  });

  const reading = new Set<string>();
  const logGrew = (endpoint: string): void => {
    if (reading.has(endpoint) || labels.find(endpoint) === undefined) {
      return;
    }
    reading.add(endpoint);
    catchUp(endpoint)
      .catch((error: unknown) => log.error(`reading the predictions of ${endpoint}`, error))
      .finally(() => reading.delete(endpoint));
  };
  return {
    router,
    performance,
    hasLabels: (endpoint) => labels.find(endpoint) !== undefined,
    labelledAt: (endpoint) => lastLabels.get(endpoint),
    async ofRequests(endpoint, requests) {
      if (labels.find(endpoint) === undefined) {
        return [];
      }
      await caughtUp(endpoint);
      return worker.ask('labelsOf', { endpoint, requests });
    },
    async forget(endpoint, key) {
      await caughtUp(endpoint);
      for (const inputs: Record<string, LabelledRelease['inputs']> = {}; ; ) {
        const answer = await worker.ask('forget', { endpoint, ...key, releases: inputs });
        if ('done' in answer) {
          return answer.done;
        }
        Object.entries(describe(answer.wanted)).forEach(([digest, release]) => (inputs[digest] = release.inputs));
      }
    },
    logGrew,
    async tidy(keptDays) {
      const endpoints = labels.all();
      for (const { endpoint } of endpoints) {
        await catchUp(endpoint);
      }
      if (endpoints.length > 0) {
        await worker.ask('tidy', { before: Date.now() - keptDays * dayMilliseconds });
      }
    },
    stop: () => worker.stop(),
  };
}

function labelledRelease(release: Release | undefined): LabelledRelease {
  return release === undefined ? { inputs: [], form: { answers: 'unknown', threshold: 0.5 }, version: undefined } : { inputs: inputColumns(release.signature), form: answerForm(release), version: release.model.version };
}
