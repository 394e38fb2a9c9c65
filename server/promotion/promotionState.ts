import type { GateResult } from '../contract/gates.ts';
import type { Approval, Promotion, PromotionState } from '../contract/promotions.ts';
import { formatTime } from '../contract/format/times.ts';
import type { Policy } from '../governance/policy/modelPolicy.ts';
import type { StoredPromotion } from './promotionTable.ts';

/** What the state of a promotion follows from. */
export interface Circumstances {
  readonly policy: Policy;
  /** What was found, as the policy asks for it by now, and who answers for it by now. */
  readonly results: readonly GateResult[];
  readonly approvals: readonly Approval[];
  readonly liveRelease: string | undefined;
  readonly now: number;
}

/** How many approvals a policy asks for, and whose. */
export function needsOf({ entry: { approvals = {} } }: Policy): Promotion['needs'] {
  return { required: approvals.required ?? 0, from: approvals.from ?? [], otherThanRequester: approvals.otherThanRequester ?? true, signed: approvals.signed ?? false };
}

/** Why somebody's yes would not count; undefined where it does. Who asks is known by account, who signs may be by address: `ada@example.com` is taken for `ada`. */
export function whyNotCounted(needs: Promotion['needs'], by: string, requestedBy: string): string | undefined {
  if (needs.otherThanRequester && (by === requestedBy || by.split('@')[0] === requestedBy)) {
    return `${by} has asked for it, and the policy wants the yes of somebody else.`;
  }
  return needs.from.length > 0 && !needs.from.includes(by) ? `The policy counts the yes of ${needs.from.join(', ')} alone.` : undefined;
}

/** Whether a yes is signed by a key that the policy vouches for by now, where it counts signed ones alone. */
function isVouchedFor({ signed, by }: Approval, { entry, allowedSigners }: Policy): boolean {
  return entry.approvals?.signed !== true || allowedSigners.some(({ line, principal }) => line === signed?.signer && principal === by);
}

/** The approvals that count: for the very release, by people whom the policy names by now. */
export function countedApprovals({ release, requestedBy }: StoredPromotion, policy: Policy, approvals: readonly Approval[]): Approval[] {
  const needs = needsOf(policy);
  return approvals.filter((each) => each.release === release && isVouchedFor(each, policy) && whyNotCounted(needs, each.by, requestedBy.user) === undefined);
}

/** How far a promotion is, and that as a sentence. */
export function stateOf(promotion: StoredPromotion, { policy, results, approvals, liveRelease, now }: Circumstances): { readonly state: PromotionState; readonly message: string } {
  const { rollout, ended, expiresAt, release, breakGlass, version, model, endpoint } = promotion;
  if (rollout !== null) {
    return { state: 'started', message: `The rollout ${rollout} brings it to ${endpoint}.` };
  }
  if (ended !== undefined) {
    return { state: ended.as, message: ended.message };
  }
  if (expiresAt <= now) {
    return { state: 'expired', message: `It waited until ${formatTime(expiresAt)}. Ask anew.` };
  }
  if (release === null) {
    return { state: 'judging', message: `Version ${version} of ${model} is packaged and judged.` };
  }
  if (promotion.liveRelease !== (liveRelease ?? null)) {
    return { state: 'void', message: `${endpoint} serves another release than the one that this one was judged beside. Ask anew.` };
  }
  if (breakGlass) {
    return { state: 'ready', message: 'It goes on without gates and approvals.' };
  }
  const open = results.filter(({ state, waiver }) => state !== 'passed' && waiver === undefined);
  if (open.length > 0) {
    return { state: 'not-passed', message: `Not passed: ${open.map(({ gate }) => gate).join(', ')}.` };
  }
  const { required, from, otherThanRequester, signed } = needsOf(policy);
  const missing = required - countedApprovals(promotion, policy, approvals).length;
  if (missing > 0) {
    const whom = from.length > 0 ? ` of ${from.join(', ')}` : otherThanRequester ? ` of others than ${promotion.requestedBy.user}` : '';
    const what = `${signed ? 'signed ' : ''}approval${missing === 1 ? '' : 's'}`;
    const many = missing === required ? (missing === 1 ? 'one' : missing) : missing === 1 ? 'another' : `another ${missing}`;
    return { state: 'waiting', message: `Waits for ${many} ${what}${whom}, until ${formatTime(expiresAt)}.` };
  }
  return { state: 'ready', message: 'Everything is there; its rollout starts.' };
}
