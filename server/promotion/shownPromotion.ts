import type { Promotion } from '../contract/promotions.ts';
import type { PromotionDependencies } from './promotionDependencies.ts';
import { countedApprovals, needsOf, stateOf } from './promotionState.ts';
import type { PromotionTable, StoredPromotion } from './promotionTable.ts';

/** Makes what shows a stored promotion as it is by now, with what the policy in force asks of it. */
export function createShown({ table, gates, deployments, policyOf }: Pick<PromotionDependencies, 'gates' | 'deployments' | 'policyOf'> & { readonly table: PromotionTable }): (stored: StoredPromotion) => Promotion {
  return (stored) => {
    const { id, model, version, endpoint, reason, requestedBy, requestedAt, expiresAt, breakGlass: glass, release, liveRelease, rollout, ended } = stored;
    const policy = policyOf(model);
    const results = release === null || glass ? [] : gates.answered(model, version, stored.results);
    const given = table.approvals(id);
    const going = rollout === null ? undefined : deployments.rollout(rollout);
    return {
      id,
      model,
      version,
      endpoint,
      ...stateOf(stored, { policy, results, approvals: given, liveRelease: deployments.liveRelease(endpoint), now: Date.now() }),
      reason,
      requestedBy: requestedBy.user,
      requestedAt,
      expiresAt,
      breakGlass: glass,
      ...(release === null ? {} : { release }),
      ...(liveRelease === null ? {} : { liveRelease }),
      results,
      approvals: countedApprovals(stored, policy, given),
      needs: needsOf(policy),
      ...(going === undefined ? {} : { rollout: { id: going.id, state: going.state, message: going.message } }),
      ...(ended === undefined ? {} : { endedAt: ended.at }),
    };
  };
}
