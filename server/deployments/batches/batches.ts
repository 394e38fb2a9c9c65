import { randomUUID } from 'node:crypto';
import type { Router } from 'express';
import { z } from 'zod';
import { batchRoutes, timePlaceholder, type Batch } from '../../contract/batches.ts';
import type { Caller } from '../../contract/caller.ts';
import { shortDigest } from '../../contract/format/digests.ts';
import { servingConfig } from '../../contract/servingConfig.ts';
import type { AuditLog } from '../../governance/auditLog.ts';
import type { CompanionContext } from '../../platform/context.ts';
import { Problem } from '../../platform/errors.ts';
import { implementAll } from '../../platform/http/implement.ts';
import type { Job } from '../../platform/jobs/job.ts';
import { outcomeOf } from '../../platform/jobs/outcome.ts';
import type { BatchNeeds } from '../pruning/keeping.ts';
import { withMemoryLimit } from '../orders/memoryLimit.ts';
import { requireEndpoint } from '../orders/order.ts';
import type { ReplicaKeys } from '../replicas/replicaKeys.ts';
import type { RolloutParts } from '../rollouts/steps/step.ts';
import { findRejected, leaveUnfinished } from './batchOutput.ts';
import { batchOrder, type BatchOrder } from './batchOrder.ts';
import { createBatchSchedules, type AskedSchedule } from './batchSchedules.ts';
import { findBatchFiles, formatOf, requireFormat, requireOut, type BatchFile } from './batchFiles.ts';
import { runBatch, type BatchSaid } from './runBatch.ts';

export interface BatchDependencies {
  readonly context: Pick<CompanionContext, 'database' | 'events' | 'home' | 'jobs' | 'settings' | 'timing' | 'version'>;
  readonly parts: Pick<RolloutParts, 'endpoints' | 'rollouts' | 'registry' | 'releases' | 'secrets' | 'targets'>;
  readonly keys: ReplicaKeys;
  readonly audit: AuditLog;
}

export interface Batches extends BatchNeeds {
  mount(router: Router): void;
  /** True while something is scored or waits for it, also for its time: the companion stays up. */
  running(): boolean;
}

/** Whose rows these are: the live release of an endpoint, or a version. */
type Scorer = Pick<BatchOrder, 'endpoint' | 'model' | 'version' | 'server' | 'release' | 'target' | 'serving'>;

interface AskedFiles {
  readonly inputs: readonly string[];
  readonly out: string;
  readonly keep: 'all' | readonly string[];
  readonly overwrite: boolean;
}

const said = z.object({ message: z.string(), release: z.string().optional(), rows: z.number(), scored: z.number(), rejected: z.number(), bytes: z.number() });
const unbegun: BatchSaid = { message: 'Waiting', rows: 0, scored: 0, rejected: 0, bytes: 0 };

/** So many batches are scored at once; the others wait. */
const concurrency = 2;

/** Scoring files with releases, as durable jobs. */
export function createBatches({ context, parts, keys, audit }: BatchDependencies): Batches {
  const { database, home, jobs, settings, timing, version } = context;
  const { endpoints, rollouts, registry, releases, secrets, targets } = parts;
  const replicas = new Set<string>();

  const releaseOf = async (order: BatchOrder, progress: (message: string) => void, signal: AbortSignal): ReturnType<typeof releases.prepare> => {
    if (order.release === undefined) {
      return releases.prepare({ model: order.model, version: order.version, server: order.server, serving: order.serving, forImage: targets.of(order.target).buildsImages }, progress, signal);
    }
    const damage = await releases.checkRunnable(order.release);
    if (damage !== undefined) {
      throw new Problem('conflict', `Release ${shortDigest(order.release)} cannot run: ${damage}`);
    }
    return releases.get(order.release);
  };

  const queue = jobs.register({
    kind: 'batch',
    payload: batchOrder,
    retry: { firstMilliseconds: 1000, mostMilliseconds: 60_000, attempts: 5 },
    concurrency,
    run: ({ payload }, control) =>
      runBatch(payload, { targets, keys, releases, secrets, timing, running: replicas, releaseOf, version }, control, (now) => control.progress(JSON.stringify(now))),
    ended({ payload: { id, out, requestedBy, endpoint, model, version: scoredBy }, progress }, { state }) {
      if (state !== 'done') {
        leaveUnfinished(out, id);
      }
      if (state === 'cancelled') {
        return;
      }
      const { rows, rejected } = readSaid(progress);
      audit.append({ actor: requestedBy, action: state === 'done' ? 'batch.scored' : `batch.${state}`, subject: endpoint ?? model, detail: { batch: id, model, version: scoredBy, rows, rejected, out } });
    },
  });
  const all = (): Job<BatchOrder>[] => [...queue.open(), ...queue.ended()].sort((a, b) => b.id - a.id);
  const find = (id: string): Job<BatchOrder> => {
    const found = all().find(({ payload }) => payload.id === id);
    if (found === undefined) {
      throw new Problem('not-found', `There is no batch ${id}.`, { field: 'id', remedy: 'List them with "slipway batches".' });
    }
    return found;
  };

  const order = async (asked: AskedFiles, by: Scorer, caller: Caller, id = randomUUID().slice(0, 13)): Promise<Batch> => {
    const begun = all().find(({ payload }) => payload.id === id);
    if (begun !== undefined) {
      return toBatch(begun);
    }
    const files = await findBatchFiles(asked.inputs, home.root);
    requireOut(asked.out, asked.overwrite, files, home.root);
    requireOneKind(files, asked);
    const other = queue.open().find(({ payload }) => payload.out === asked.out);
    if (other !== undefined) {
      throw new Problem('conflict', `out: the batch ${other.payload.id} writes ${asked.out}.`, { field: 'out', remedy: `Wait for it, cancel it ("slipway batches ${other.payload.id} --cancel"), or name another file.` });
    }
    const added: BatchOrder = { ...by, id, files, out: asked.out, keep: asked.keep === 'all' ? 'all' : [...asked.keep], overwrite: asked.overwrite, requestedBy: caller };
    database.transaction(() => {
      queue.add({ key: id, payload: added });
      audit.append({ actor: caller, action: 'batch.requested', subject: by.endpoint ?? by.model, detail: { batch: id, model: by.model, version: by.version, files: files.length, out: asked.out } });
    })();
    return toBatch(find(id));
  };

  const liveScorer = (name: string): Scorer => {
    const endpoint = requireEndpoint({ endpoints }, name);
    const { live } = endpoint;
    if (live === undefined) {
      throw new Problem('conflict', `The endpoint ${name} has no live release.`, { field: 'name', remedy: 'Deploy a version to it first, or score with a model version.' });
    }
    const { model, serving } = releases.get(live.release);
    return { endpoint: name, model: model.name, version: rollouts.versionOf(name, live.release) ?? live.version, ...(model.server === undefined ? {} : { server: model.server }), release: live.release, target: endpoint.target, serving };
  };
  const versionScorer = async (model: string, selector: string | number): Promise<Scorer> => {
    const found = await registry.resolve(model, selector);
    const target = (await targets.byDefault()).kind;
    const serving = withMemoryLimit(servingConfig.parse({}), settings());
    return { model: found.name, version: found.version, ...(found.server === undefined ? {} : { server: found.server }), target, serving };
  };
  const scorerOf = ({ endpoint, model, version: selector }: Pick<AskedSchedule, 'endpoint' | 'model' | 'version'>): Promise<Scorer> | Scorer => {
    if ((endpoint === undefined) === (model === undefined)) {
      throw new Problem('invalid-input', 'endpoint: say what scores, either an endpoint or a model.', { field: 'endpoint' });
    }
    return endpoint === undefined ? versionScorer(model ?? '', selector ?? 'latest') : liveScorer(endpoint);
  };
  const schedules = createBatchSchedules({ context, audit, begin: async (asked, id, caller) => order(asked, await scorerOf(asked), caller, id) });

  return {
    mount(router) {
      implementAll(router, batchRoutes, {
        startBatch: ({ name, ...asked }, { caller }) => order(asked, liveScorer(name), caller),
        startModelBatch: async ({ model, version: selector, ...asked }, { caller }) => order(asked, await versionScorer(model, selector), caller),
        scheduleBatch: async (asked, { caller }) => {
          // What could never begin is refused now; files may come later.
          await scorerOf(asked);
          requireOut(asked.out.replaceAll(timePlaceholder, ''), true, [], home.root);
          return schedules.add(asked, caller);
        },
        listBatchSchedules: ({ endpoint }) => ({ schedules: schedules.list(endpoint) }),
        pauseBatchSchedule: ({ id }, { caller }) => schedules.pause(id, caller),
        resumeBatchSchedule: ({ id }, { caller }) => schedules.resume(id, caller),
        removeBatchSchedule: ({ id }, { caller }) => schedules.remove(id, caller),
        listBatches: ({ endpoint }) => ({ batches: all().filter(({ payload }) => endpoint === undefined || payload.endpoint === endpoint).map(toBatch) }),
        getBatch: ({ id }) => toBatch(find(id)),
        cancelBatch: ({ id }, { caller }) => {
          const { id: job, payload } = find(id);
          if (queue.cancel(job)) {
            audit.append({ actor: caller, action: 'batch.cancelled', subject: payload.endpoint ?? payload.model, detail: { batch: id, out: payload.out } });
          }
          return toBatch(find(id));
        },
      });
    },
    running: () => queue.open().length > 0 || schedules.wanted(),
    undecided: () => queue.open().some(({ state, payload, progress }) => state === 'running' && payload.release === undefined && readSaid(progress).release === undefined),
    isReplica: (id) => replicas.has(id),
    neededReleases: () => queue.open().flatMap(({ payload, progress }) => [payload.release, readSaid(progress).release].filter((digest) => digest !== undefined)),
  };
}

/** @throws Problem `invalid-input` where the output cannot have what it is to repeat */
function requireOneKind(files: readonly BatchFile[], { out, keep }: AskedFiles): void {
  const kinds = new Set(files.map((file) => formatOf(file.path)));
  if (kinds.size > 1) {
    throw new Problem('invalid-input', 'inputs: the files have several formats.', { field: 'inputs', remedy: 'Score those of each format into an output of their own.' });
  }
  if (!kinds.has('csv') && keep === 'all' && requireFormat(out, 'out') === 'csv') {
    throw new Problem('invalid-input', 'keep: records of JSON Lines and of several Parquet files may differ, so a CSV cannot repeat all that they have.', { field: 'keep', remedy: 'Name the columns (--keep), or write JSON Lines or Parquet.' });
  }
}

function readSaid(progress: string | undefined): BatchSaid {
  return progress === undefined ? unbegun : said.parse(JSON.parse(progress));
}

/** A batch as it is shown. */
function toBatch(job: Job<BatchOrder>): Batch {
  const { id, endpoint, model, version, server, release: ordered, files, out, requestedBy } = job.payload;
  const now = readSaid(job.progress);
  const release = ordered ?? now.release;
  const rejectedOut = job.endedAt === undefined || now.rejected === 0 ? undefined : findRejected(out, id, job.state === 'done');
  return {
    id,
    ...(endpoint === undefined ? {} : { endpoint }),
    model,
    modelVersion: version,
    ...(server === undefined ? {} : { server }),
    ...(release === undefined ? {} : { release }),
    ...outcomeOf(job, { running: now.message, cancelled: rejectedOut === undefined ? 'Cancelled; nothing of it stays.' : 'Cancelled; there is no output. The rows that were rejected by then can be read.' }),
    files: files.map(({ path }) => path),
    out,
    ...(rejectedOut === undefined ? {} : { rejectedOut }),
    rows: now.rows,
    scored: now.scored,
    rejected: now.rejected,
    bytes: now.bytes,
    totalBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    startedAt: job.createdAt,
    ...(job.endedAt === undefined ? {} : { endedAt: job.endedAt }),
    requestedBy: requestedBy.user,
  };
}
