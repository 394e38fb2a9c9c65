import type { Router } from 'express';
import { z } from 'zod';
import { caller } from '../../contract/caller.ts';
import { loadCheckRoutes, type LoadCheck } from '../../contract/loadChecks.ts';
import { servingConfig } from '../../contract/servingConfig.ts';
import type { AuditLog } from '../../governance/auditLog.ts';
import type { CompanionContext } from '../../platform/context.ts';
import { implementAll } from '../../platform/http/implement.ts';
import type { Job } from '../../platform/jobs/job.ts';
import type { BatchNeeds } from '../pruning/keeping.ts';
import { withMemoryLimit } from '../orders/memoryLimit.ts';
import type { ReplicaKeys } from '../replicas/replicaKeys.ts';
import type { RolloutParts } from '../rollouts/steps/step.ts';
import { missingPart, remedyFor } from './missingPart.ts';
import { runLoadCheck } from './runLoadCheck.ts';

export interface LoadCheckDependencies {
  readonly context: Pick<CompanionContext, 'database' | 'events' | 'jobs' | 'settings' | 'timing'>;
  readonly parts: Pick<RolloutParts, 'registry' | 'releases' | 'secrets' | 'targets'>;
  readonly keys: ReplicaKeys;
  readonly audit: AuditLog;
}

export interface LoadChecks extends BatchNeeds {
  mount(router: Router): void;
  /** True while a version is loaded or waits for it: the companion stays up. */
  running(): boolean;
}

/** What a job is about. */
const order = z.object({ model: z.string(), version: z.number().int(), server: z.string().optional(), notebook: z.string().optional(), requestedBy: caller });
type Order = z.infer<typeof order>;

/** What a job says last: what it is doing, or what it found. */
const said = z.object({ message: z.string(), release: z.string().optional(), found: z.enum(['loads', 'fails']).optional(), remedy: z.string().optional() });

const keyOf = ({ model, version, server }: Pick<Order, 'model' | 'version' | 'server'>): string => JSON.stringify([model, version, server ?? null]);

/** Whether versions load elsewhere, as durable jobs: what a job tells is stored nowhere else. */
export function createLoadChecks({ context, parts, keys, audit }: LoadCheckDependencies): LoadChecks {
  const { database, events, jobs, settings, timing } = context;
  const { registry, releases, secrets, targets } = parts;
  const replicas = new Set<string>();

  const queue = jobs.register({
    kind: 'load-check',
    payload: order,
    retry: { firstMilliseconds: 5000, mostMilliseconds: 60_000, attempts: 3 },
    history: 'last-of-key',
    async run({ payload: { model, version, server } }, control) {
      const { kind: target } = await targets.byDefault();
      let release: string | undefined;
      const tell = (message: string): void => control.progress(JSON.stringify({ message, release }));
      const found = await runLoadCheck(
        {
          targets, keys, releases, secrets, timing, running: replicas,
          async release(announce, ended) {
            const serving = withMemoryLimit(servingConfig.parse({ workers: 1 }), settings());
            const made = await releases.prepare({ model, version, server, serving, forImage: targets.of(target).buildsImages }, announce, ended);
            release = made.digest;
            return made;
          },
        },
        { target },
        tell,
        control.signal,
      );
      const { state, ...rest } = found;
      control.progress(JSON.stringify({ ...rest, found: state, release }));
    },
    ended({ payload: { model, version, requestedBy }, progress }, { state }) {
      audit.append({ actor: requestedBy, action: 'version.checked', subject: model, detail: { version, result: state === 'done' ? (readSaid(progress).found ?? 'not-checked') : 'not-checked' } });
    },
    tried: () => new Set(queue.ended().map(({ payload }) => payload.model)).forEach((name) => events.publish({ topic: 'model', name })),
  });
  const unended = (): Job<Order>[] => queue.open();

  return {
    mount(router) {
      implementAll(router, loadCheckRoutes, {
        async checkLoad({ name, version: number }, { caller: requestedBy }) {
          const { version, server, lineage } = await registry.resolve(name, number);
          const payload: Order = { model: name, version, ...(server === undefined ? {} : { server }), ...(lineage.cell === undefined ? {} : { notebook: lineage.cell.notebook }), requestedBy };
          const key = keyOf(payload);
          const open = unended().find((job) => job.key === key);
          if (open !== undefined) {
            return toLoadCheck(open);
          }
          const id = database.transaction(() => queue.add({ key, payload }))();
          events.publish({ topic: 'model', name });
          const added = queue.find(id);
          return toLoadCheck(added ?? { ...emptyJob, payload });
        },
        listLoadChecks({ name }) {
          const newest = new Map<string, Job<Order>>();
          for (const job of [...queue.ended(), ...queue.open()].filter(({ payload }) => payload.model === name).sort((a, b) => a.id - b.id)) {
            newest.set(job.key, job);
          }
          return { checks: [...newest.values()].map(toLoadCheck).sort((a, b) => b.version - a.version) };
        },
      });
    },
    running: () => unended().length > 0,
    undecided: () => unended().some(({ state, progress }) => state === 'running' && readSaid(progress).release === undefined),
    neededReleases: () => unended().flatMap(({ progress }) => readSaid(progress).release ?? []),
    isReplica: (id) => replicas.has(id),
  };
}

const emptyJob = { state: 'waiting', progress: undefined, failure: undefined, createdAt: 0, endedAt: undefined } as const;

function readSaid(progress: string | undefined): z.infer<typeof said> {
  return progress === undefined ? { message: 'Waiting' } : said.parse(JSON.parse(progress));
}

function toLoadCheck({ payload, state, progress, failure, createdAt, endedAt }: Pick<Job<Order>, 'payload' | 'state' | 'progress' | 'failure' | 'createdAt' | 'endedAt'>): LoadCheck {
  const { message, found, remedy } = readSaid(progress);
  const outcome = ((): Pick<LoadCheck, 'state' | 'message'> => {
    switch (state) {
      case 'waiting':
      case 'held':
        return { state: 'waiting', message: failure === undefined ? 'Waiting' : `Tried again soon: ${failure}` };
      case 'running':
        return { state: 'running', message };
      case 'done':
        return { state: found ?? 'not-checked', message };
      case 'failed':
      case 'cancelled':
      case 'interrupted':
        return { state: 'not-checked', message: failure ?? 'Interrupted' };
    }
  })();
  const missing = outcome.state === 'fails' ? missingPart(message, payload.notebook) : undefined;
  const advice = missing === undefined ? remedy : remedyFor(missing, { name: payload.model });
  return {
    model: payload.model,
    version: payload.version,
    ...outcome,
    ...(missing === undefined ? {} : { missing }),
    ...(outcome.state !== 'fails' || advice === undefined ? {} : { remedy: advice }),
    startedAt: createdAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    requestedBy: payload.requestedBy.user,
  };
}
