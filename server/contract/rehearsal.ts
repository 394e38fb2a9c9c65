import { z } from 'zod';
import { formatNumber, formatShare } from './format/numbers.ts';
import { plural } from './format/plural.ts';
import { timestamp } from './values.ts';

export const quantiles = z.object({ p50: z.number(), p95: z.number(), p99: z.number() });
const answerValue = z.union([z.string(), z.number(), z.boolean()]).nullable();

/** How far two releases agree, row by row. */
export const agreement = z.object({
  /** Rows whose answers of both could be read and compared. */
  rows: z.number().int(),
  /** Of these, those that both answer alike. */
  agreed: z.number().int(),
  /** When two numbers are alike: when they differ by no more than this; absent for labels, which are equal or not. */
  tolerance: z.number().optional(),
  /** Rows by what the live release answered and what the new one does, the most first; empty for numbers. */
  matrix: z.array(z.object({ live: answerValue, fresh: answerValue, rows: z.number().int() })),
  /** Rows that flip, from the earliest request on, no more than are read. */
  flips: z.array(z.object({ requestId: z.string(), row: z.number().int(), live: answerValue, fresh: answerValue })),
  /** Where rows flip more often than elsewhere. */
  slices: z.array(z.object({ conditions: z.array(z.string()), rows: z.number().int(), flipped: z.number().int() })),
  /** Who was right, of the rows whose labels have come; of two numbers the one nearer to the label. Absent where none have come. */
  right: z.object({ labels: z.number().int(), fresh: z.number().int(), live: z.number().int() }).optional(),
});
export type Agreement = z.infer<typeof agreement>;

/** What a new release answers to recorded requests of the live one, outside of the traffic. */
export const rehearsalReport = agreement.extend({
  at: timestamp,
  /** Arrival of the first and of the last of the recorded requests. */
  from: timestamp,
  to: timestamp,
  /** Recorded requests that were sent: a sample by the hash of their ids. */
  requests: z.number().int(),
  /** Of these, those that the new release failed or refused, and what it said of the first. */
  failed: z.number().int(),
  failure: z.string().optional(),
  /** Milliseconds: of the live release as recorded at the gateway, of the new one at its replica, a few requests at a time. */
  latency: z.object({ fresh: quantiles, live: quantiles }).optional(),
});
export type RehearsalReport = z.infer<typeof rehearsalReport>;

/** How far two releases agree, as a part of a sentence. */
export function describeAgreement({ rows, agreed }: Pick<Agreement, 'rows' | 'agreed'>): string {
  return rows === 0 ? 'no rows could be compared' : `${formatNumber(agreed)} of ${plural(rows, 'row')} answered alike (${formatShare(agreed / rows)})`;
}

/** What came of a rehearsal, as a sentence. */
export function describeRehearsal(report: RehearsalReport): string {
  return `${plural(report.requests, 'recorded request')}: ${describeAgreement(report)}, ${report.failed} failed`;
}
