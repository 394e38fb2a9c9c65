import { z } from 'zod';
import { formatNumber } from './format/numbers.ts';
import { agreement, describeAgreement, quantiles } from './rehearsal.ts';
import { rolloutCheck } from './rolloutCheck.ts';
import { timestamp } from './values.ts';

/** The step of a rollout in which the new release gets copies of requests; it stands in journals and stays as it is. */
export const shadowStep = 'shadow';

/** The share of rows that a shadow has to answer as the live release does, where people who order one say nothing of it. */
export const defaultShadowAgreement = 0.9;

/** What a new release has to answer as a shadow of the live one before it gets traffic. */
export const shadowPlan = z.object({
  /** Percent of the live requests of which it gets a copy. */
  percent: z.number().int().min(1).max(100).default(20),
  /** Copies that it has to answer at least. */
  requests: z.number().int().min(1).max(1_000_000).default(100),
  /** Seconds that it lasts at least. */
  seconds: z.number().min(0).max(604_800).default(30),
  /** Wait for `promote` after it. */
  hold: z.boolean().default(false),
  /** Seconds in which the copies have to come; then the rollout is undone. 0: it waits for as long as it takes. */
  deadlineSeconds: z.number().min(0).max(604_800).default(3600),
});
export type ShadowPlan = z.infer<typeof shadowPlan>;

/** What a new release does with copies of live requests, whose answers go to nobody. */
export const shadowReport = agreement.extend({
  /** From when the copies count: the beginning of the shadow, or of the gateway where that was started again. */
  since: timestamp,
  /** When the answers were compared, and how many copies had ended by then. */
  at: timestamp,
  compared: z.number().int(),
  percent: z.number(),
  /** Copies that have ended. */
  copies: z.number().int(),
  /** Of these, those that the server or the model failed, and what came of the first. */
  failed: z.number().int(),
  failure: z.string().optional(),
  /** Of these, those that were refused as bad input, which the live release had answered. */
  refused: z.number().int(),
  /** Copies that were not sent, because too many were under way or waiting. */
  dropped: z.number().int(),
  /** Milliseconds: of the copies at the new release's replica, and of the same requests at the gateway. */
  latency: z.object({ fresh: quantiles, live: quantiles }).optional(),
  checks: z.array(rolloutCheck),
});
export type ShadowReport = z.infer<typeof shadowReport>;

/** What came of a shadow so far, as a sentence. */
export function describeShadow(report: Pick<ShadowReport, 'copies' | 'rows' | 'agreed' | 'failed' | 'refused' | 'dropped'>): string {
  const { copies, failed, refused, dropped } = report;
  const copied = copies === 1 ? '1 copy' : `${formatNumber(copies)} copies`;
  return `${copied}: ${describeAgreement(report)}, ${failed} failed, ${refused} refused${dropped === 0 ? '' : `; ${formatNumber(dropped)} more were dropped`}`;
}
