import { z } from 'zod';
import { createCompanionClient } from '../client/companionClient.ts';
import { discoverCompanion } from '../client/discover.ts';
import { caller as callerSchema, type Caller } from '../contract/caller.ts';
import { recipe as recipeSchema, retrainingTriggers, type Recipe, type Retraining, type RetrainingState } from '../contract/retraining.ts';
import type { AuditLog } from '../governance/auditLog.ts';
import type { CompanionContext } from '../platform/context.ts';
import { messageOf, Problem } from '../platform/errors.ts';
import type { Job, JobState } from '../platform/jobs/job.ts';
import { judgeProblem } from '../platform/jobs/retry.ts';
import { retrain, type RetrainParts } from './retrain.ts';
import { readTold, type Told } from './told.ts';

export interface RetrainingJobsParts {
  readonly context: Pick<CompanionContext, 'home' | 'database' | 'jobs'>;
  readonly registry: RetrainParts['registry'];
  readonly audit: AuditLog;
  /** Notes that the model is made from its files as they are now. */
  readonly noteData: RetrainParts['noteData'];
}

/** What began a retraining; `cause` where that is no person and no clock. */
export type Why = Pick<Payload, 'trigger' | 'cause'>;

/** Retrainings as durable jobs, one of a model at a time. */
export interface RetrainingJobs {
  /** Once this returns it is done, whatever happens to the process. */
  start(model: string, recipe: Recipe, why: Why, requestedBy: Caller): Retraining;
  /** @throws Problem `not-found` */
  get(id: number): Retraining;
  /** Of a model, or of all: those that go on, then those that have ended, the last one first. */
  list(model?: string): Retraining[];
  /** @throws Problem `not-found`, or `conflict` where it has ended */
  cancel(id: number, by: Caller): Retraining;
}

const payloadSchema = z.object({ model: z.string(), recipe: recipeSchema, trigger: z.enum(retrainingTriggers), cause: z.string().optional(), requestedBy: callerSchema });
type Payload = z.infer<typeof payloadSchema>;

const stateOf: Readonly<Record<JobState, RetrainingState>> = { waiting: 'waiting', held: 'waiting', running: 'running', done: 'succeeded', failed: 'failed', interrupted: 'failed', cancelled: 'cancelled' };

function shown(job: Job<Payload>): Retraining {
  const { model, recipe, trigger, cause, requestedBy } = job.payload;
  const { message, lines, captureRunId, modelId, version, promotion } = readTold(job.progress);
  const state = stateOf[job.state];
  return {
    id: job.id,
    model,
    state,
    trigger,
    ...(cause === undefined ? {} : { cause }),
    requestedBy: requestedBy.user,
    message: state === 'failed' ? (job.failure ?? 'It failed.') : state === 'cancelled' ? 'Cancelled' : message,
    recipe,
    requestedAt: job.createdAt,
    ...(job.endedAt === undefined ? {} : { endedAt: job.endedAt }),
    ...(captureRunId === undefined ? {} : { captureRunId }),
    ...(modelId === undefined ? {} : { modelId }),
    ...(version === undefined ? {} : { version }),
    ...(promotion === undefined ? {} : { promotion }),
    lines,
  };
}

export function createRetrainingJobs({ context: { home, database, jobs }, registry, audit, noteData }: RetrainingJobsParts): RetrainingJobs {
  /** Of retrainings that run: what a job has told lies in the database, but not in the job that its kind is given. */
  const telling = new Map<number, Told>();
  const parts: RetrainParts = {
    registry,
    noteData,
    async client(requestedBy) {
      const lock = await discoverCompanion(home.root);
      if (lock === undefined) {
        throw new Problem('unavailable', 'The companion does not answer itself yet.');
      }
      return createCompanionClient(lock, requestedBy);
    },
  };
  const queue = jobs.register<Payload>({
    kind: 'retraining',
    payload: payloadSchema,
    // A cell that failed fails again. What the end of a companion interrupted begins anew, but not for ever.
    retry: { firstMilliseconds: 500, mostMilliseconds: 5000, attempts: 5, judge: (error) => (Problem.is(error) && judgeProblem(error) === 'again' ? 'again' : 'final') },
    history: 500,
    run({ id, payload, progress }, control) {
      const tell = (told: Told): void => {
        telling.set(id, told);
        control.progress(JSON.stringify(told));
      };
      return retrain(parts, { ...payload, id }, readTold(progress), tell, control.signal);
    },
    ended({ id, progress, payload: { model, requestedBy, trigger } }, how) {
      const { version, captureRunId } = telling.get(id) ?? readTold(progress);
      telling.delete(id);
      if (how.state === 'done' || how.state === 'failed') {
        audit.append({
          actor: requestedBy,
          action: how.state === 'done' ? 'retraining.finished' : 'retraining.failed',
          subject: model,
          detail: { retraining: id, trigger, ...(captureRunId === undefined ? {} : { run: captureRunId }), ...(version === undefined ? {} : { version }), ...(how.state === 'failed' ? { why: messageOf(how.error) } : {}) },
        });
      }
    },
  });
  const find = (id: number): Job<Payload> => {
    const found = queue.find(id);
    if (found === undefined) {
      throw new Problem('not-found', `There is no retraining ${id}.`, { field: 'id', remedy: 'List them with "slipway retraining".' });
    }
    return found;
  };
  return {
    get: (id) => shown(find(id)),
    list: (model) => [...queue.open(), ...queue.ended()].filter(({ key }) => model === undefined || key === model).map(shown),
    start(model, recipe, { trigger, cause }, requestedBy) {
      const add = database.transaction((): number => {
        const id = queue.add({ key: model, payload: { model, recipe, trigger, ...(cause === undefined ? {} : { cause }), requestedBy } });
        audit.append({ actor: requestedBy, action: 'retraining.requested', subject: model, detail: { retraining: id, trigger, ...(cause === undefined ? {} : { cause }), notebook: recipe.notebook, parameters: recipe.parameters } });
        return id;
      });
      return shown(find(add()));
    },
    cancel(id, by) {
      const { key, endedAt } = find(id);
      if (endedAt !== undefined) {
        throw new Problem('conflict', `Retraining ${id} has ended.`, { field: 'id', remedy: 'Its version, where it made one, is deleted like any other.' });
      }
      audit.append({ actor: by, action: 'retraining.cancelled', subject: key, detail: { retraining: id } });
      queue.cancel(id);
      return shown(find(id));
    },
  };
}
