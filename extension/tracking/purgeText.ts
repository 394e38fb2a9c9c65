import { shortDigest } from '../../server/contract/format/digests.ts';
import type { PurgeReport } from '../../server/contract/tracking.ts';
import { formatBytes } from '../../server/contract/format/bytes.ts';
import { plural } from '../../server/contract/format/plural.ts';

const reasonsShown = 5;

/** `2 experiments, 3 runs and 1 model`; empty when there is nothing. */
export function countDeleted({ experiments, runs, models }: Pick<PurgeReport, 'experiments' | 'runs' | 'models'>): string {
  const parts = [experiments === 0 ? '' : plural(experiments, 'experiment'), runs === 0 ? '' : plural(runs, 'run'), models === 0 ? '' : plural(models, 'logged model')].filter((part) => part !== '');
  const last = parts.pop();
  return last === undefined ? '' : parts.length === 0 ? last : `${parts.join(', ')} and ${last}`;
}

/** What stays although it is deleted, one line each. */
export function describeKept({ kept }: PurgeReport): string[] {
  const lines = kept.slice(0, reasonsShown).map(({ kind, id, reason }) => `The ${kind} ${shortDigest(id)} stays: ${reason}.`);
  return kept.length > reasonsShown ? [...lines, `${kept.length - reasonsShown} more stay.`] : lines;
}

/** What removing for good would do, for the dialog that asks. */
export function describePurge(report: PurgeReport): string {
  const frees = report.files === 0 ? 'They hold no files.' : `Frees ${formatBytes(report.bytes)} of ${plural(report.files, 'file')}.`;
  return [`Removes ${countDeleted(report)}. ${frees}`, ...describeKept(report), 'Nothing brings them back.'].join('\n');
}
