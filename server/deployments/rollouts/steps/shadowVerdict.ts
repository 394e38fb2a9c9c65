import type { RolloutNeed, RolloutChecks } from '../../../contract/deployments.ts';
import { formatDuration } from '../../../contract/format/durations.ts';
import { describeShadow, type ShadowPlan, type ShadowReport } from '../../../contract/shadow.ts';
import type { Outcome } from '../outcome.ts';

export interface ShadowView {
  readonly plan: ShadowPlan;
  readonly limits: Pick<RolloutChecks, 'minimumAgreement'>;
  readonly report: Pick<ShadowReport, 'copies' | 'rows' | 'agreed' | 'failed' | 'refused' | 'dropped' | 'checks'>;
  /** Milliseconds that the copies have counted. */
  readonly elapsed: number;
  readonly promoted: boolean;
}

const lookAgain = 500;

/** Judges a shadow by its copies. Too few of them, or an agreement that is asked for and cannot be read, are inconclusive, which is never a pass. */
export function judgeShadow({ plan, limits, report, elapsed, promoted }: ShadowView): Outcome {
  const text = describeShadow(report);
  if (promoted) {
    return { kind: 'finished', message: `Promoted; ${text}` };
  }
  const failure = report.checks.find(({ state }) => state === 'failed');
  if (failure !== undefined) {
    return { kind: 'failed', message: `As a shadow: ${failure.message}` };
  }
  const remaining = plan.seconds * 1000 - elapsed;
  if (remaining > 0) {
    return { kind: 'wait', milliseconds: Math.min(lookAgain, remaining) };
  }
  const promotion: readonly RolloutNeed[] = plan.hold ? [{ kind: 'promotion' }] : [];
  const agreement = report.checks.find(({ id }) => id === 'agreement');
  const unread = limits.minimumAgreement !== null && agreement?.state === 'not-evaluated' ? agreement.message : undefined;
  if (report.copies < plan.requests || unread !== undefined) {
    const missing = report.copies < plan.requests ? `${report.copies} of at least ${plan.requests} copies` : `the agreement cannot be judged, ${unread ?? ''}`;
    if (plan.deadlineSeconds > 0 && elapsed >= plan.deadlineSeconds * 1000) {
      return { kind: 'failed', message: `Inconclusive as a shadow after ${formatDuration(plan.deadlineSeconds * 1000)}: ${missing}` };
    }
    return { kind: 'hold', needs: [{ kind: 'requests', minimum: plan.requests, seen: report.copies }, ...promotion], message: `Inconclusive: ${missing}; it goes on when there are enough, or by promote`, milliseconds: lookAgain };
  }
  return plan.hold ? { kind: 'hold', needs: promotion, message: `${text}; waits for promote`, milliseconds: lookAgain } : { kind: 'finished', message: text };
}
