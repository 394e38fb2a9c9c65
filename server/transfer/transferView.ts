import { z } from 'zod';
import { transfer as transferSchema, transferPhase, type Transfer, type TransferReport } from '../contract/transfer.ts';
import type { Job } from '../platform/jobs/job.ts';
import { noCounts } from './carry/findings.ts';
import type { TransferRecord } from './transferTable.ts';

/** How far a transfer is, as its job keeps it. */
const jobProgress = transferSchema.shape.progress.extend({
  phase: transferPhase,
  /** What it is at. */
  message: z.string(),
});
export type JobProgress = z.infer<typeof jobProgress>;

const unbegun: JobProgress = { phase: 'start', message: '', runs: 0, added: noCounts() };

/** Whether a transfer that came to its end left nothing behind. */
function isWhole({ conflicts, differences, notCarried }: TransferReport): boolean {
  return conflicts.length === 0 && differences.length === 0 && notCarried.length === 0;
}

function describeReport(report: TransferReport): string {
  return isWhole(report)
    ? 'Everything that the source holds is in the target.'
    : `${report.conflicts.length} in conflict, ${report.differences.length} missing or different${report.notCarried.length === 0 ? '' : `, ${report.notCarried.length} not carried`}: see the report.`;
}

function outcomeOf({ report }: TransferRecord, { state, failure }: Job<unknown>, said: JobProgress): Pick<Transfer, 'state' | 'phase' | 'message'> {
  switch (state) {
    case 'waiting':
    case 'running':
    case 'held':
      return { state: 'running', phase: said.phase, message: said.message };
    case 'done':
      return report === undefined || isWhole(report)
        ? { state: 'succeeded', phase: 'end', message: report === undefined ? '' : describeReport(report) }
        : { state: 'incomplete', phase: 'end', message: describeReport(report) };
    case 'failed':
      return { state: 'failed', phase: 'end', message: failure ?? '' };
    case 'cancelled':
      return { state: 'cancelled', phase: 'end', message: 'Cancelled. What was carried stays; start it again to go on.' };
    case 'interrupted':
      return { state: 'interrupted', phase: said.phase, message: 'The companion ended; start it again to go on.' };
  }
}

/** A transfer as it is shown. @param job the last one of the transfer */
export function toTransfer(record: TransferRecord, job: Job<unknown>): Transfer {
  const said = job.progress === undefined ? unbegun : jobProgress.parse(JSON.parse(job.progress));
  const { runs, totalRuns, added } = said;
  return {
    id: record.id,
    direction: record.direction,
    location: record.location,
    ...outcomeOf(record, job, said),
    startedAt: job.createdAt,
    ...(job.endedAt === undefined ? {} : { endedAt: job.endedAt }),
    progress: { runs, added, ...(totalRuns === undefined ? {} : { totalRuns }) },
    ...(record.report === undefined ? {} : { report: record.report }),
  };
}
