import { z } from 'zod';
import type { Caller } from '../contract/caller.ts';
import type { CompanionEvent } from '../contract/events.ts';
import type { Transfer, TransferDirection, TransferReport } from '../contract/transfer.ts';
import type { AuditLog } from '../governance/auditLog.ts';
import type { Database } from '../platform/database/database.ts';
import { Problem } from '../platform/errors.ts';
import type { Job } from '../platform/jobs/job.ts';
import type { Jobs } from '../platform/jobs/jobs.ts';
import { plainLocation } from './location.ts';
import type { TransferWorkerData } from './threadMessages.ts';
import { createTransferTable, type TransferRecord } from './transferTable.ts';
import type { TransferThreads } from './transferThreads.ts';
import { toTransfer } from './transferView.ts';

/** What a transfer is asked for. It lives in memory alone, because it may hold credentials: who wants one to go on asks again. */
export interface TransferRequest extends Omit<TransferWorkerData, 'home' | 'database' | 'blobs' | 'id' | 'user'> {
  readonly caller: Caller;
}

/** Transfers, one for each store that was ever imported from or exported to; what is done of them now is a job. */
export interface TransferJobs {
  /** The latest first. */
  list(): Transfer[];
  /** @throws Problem `not-found` */
  find(id: string): Transfer;
  /** The transfer of a location in a direction, if there ever was one. */
  ofLocation(direction: TransferDirection, location: string): Transfer | undefined;
  /**
   * Begins anew or, after one that did not come to its end, goes on.
   * @throws Problem `conflict` while one of the same location runs
   */
  begin(request: TransferRequest): Transfer;
  cancel(id: string): void;
  /** True while something is carried: the companion stays up. */
  running(): boolean;
}

export interface TransferJobsOptions {
  readonly database: Database;
  readonly jobs: Jobs;
  readonly audit: AuditLog;
  readonly threads: TransferThreads;
  /** Where the thread of a transfer finds the companion's own store. */
  readonly own: Pick<TransferWorkerData, 'home' | 'database' | 'blobs'>;
  readonly publish: (event: CompanionEvent) => void;
}

interface Asked {
  readonly id: string;
  readonly request: TransferRequest;
  report?: TransferReport;
}

export function createTransferJobs({ database, jobs, audit, threads, own, publish }: TransferJobsOptions): TransferJobs {
  const table = createTransferTable(database);
  /** By the job, until it has ended. */
  const asked = new Map<number, Asked>();

  const queue = jobs.register({
    kind: 'transfer',
    payload: z.object({}),
    retry: { firstMilliseconds: 1000, mostMilliseconds: 1000, attempts: 1 },
    concurrency: Infinity,
    afterInterruption: 'ends',
    history: 'last-of-key',
    async run({ id: job, key: id }, control) {
      const found = asked.get(job);
      if (found === undefined) {
        throw new Problem('unavailable', 'The companion ended before it began; start it again.');
      }
      const { caller, ...request } = found.request;
      found.report = await threads.carry({ ...request, ...own, id, user: caller.user }, control.signal, {
        event: publish,
        progress(said) {
          control.progress(JSON.stringify(said));
          publish({ topic: 'transfer', id });
        },
      });
    },
    ended({ id: job, key: id }, { state }) {
      const found = asked.get(job);
      if (state !== 'done' || found?.report === undefined) {
        return;
      }
      const { report, request } = found;
      table.setReport(id, report);
      audit.append({
        actor: request.caller,
        action: request.direction === 'import' ? 'transfer.imported' : 'transfer.exported',
        subject: plainLocation(request.location),
        detail: { added: report.added, conflicts: report.conflicts.length, differences: report.differences.length, notCarried: report.notCarried.length },
      });
    },
    tried: () => forgetEnded(),
  });
  const forgetEnded = (): void => {
    for (const [job, { id }] of asked) {
      const found = queue.find(job);
      if (found?.endedAt !== undefined) {
        publish({ topic: 'transfer', id });
        if (found.unwritten !== true) {
          asked.delete(job);
        }
      }
    }
  };

  const show = (record: TransferRecord): Transfer[] => {
    const job = queue.last(record.id);
    if (job === undefined) {
      return [];
    }
    // The report of a transfer whose end the disk does not take is in memory.
    const report = record.report ?? (job.unwritten === true ? asked.get(job.id)?.report : undefined);
    return [toTransfer(report === undefined ? record : { ...record, report }, job)];
  };
  const find = (id: string): Transfer => {
    const record = table.find(id);
    const [found] = record === undefined ? [] : show(record);
    if (found === undefined) {
      throw new Problem('not-found', `There is no transfer ${id}.`, { field: 'id', remedy: 'List them with "slipway transfers".' });
    }
    return found;
  };
  const refuseIfRunning = ({ id, direction }: TransferRecord, before: Job<unknown> | undefined): void => {
    if (before !== undefined && before.endedAt === undefined) {
      throw new Problem('conflict', `This ${direction} runs already.`, { field: 'location', remedy: `Cancel it first, or wait for transfer ${id}.` });
    }
  };
  const begin = database.transaction((direction: TransferDirection, location: string): { id: string; job: number } => {
    const record = table.ofLocation(direction, location) ?? table.add(direction, location);
    const before = queue.last(record.id);
    refuseIfRunning(record, before);
    table.restart(record.id, before?.state === 'done');
    return { id: record.id, job: queue.add({ key: record.id, payload: {} }) };
  });

  return {
    list: () => table.list().flatMap(show).sort((a, b) => b.startedAt - a.startedAt),
    find,
    ofLocation(direction, location) {
      const record = table.ofLocation(direction, location);
      return record === undefined ? undefined : show(record)[0];
    },
    begin(request) {
      const { id, job } = begin(request.direction, plainLocation(request.location));
      asked.set(job, { id, request });
      return find(id);
    },
    cancel(id) {
      const job = queue.last(find(id).id);
      if (job !== undefined) {
        queue.cancel(job.id);
        forgetEnded();
      }
    },
    running: () => asked.size > 0,
  };
}
