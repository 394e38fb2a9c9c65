import { strategy as strategySchema, type Strategy } from '../../contract/deployments.ts';
import type { Policy } from '../../governance/policy/modelPolicy.ts';
import { canonicalJson } from '../../platform/canonicalJson.ts';
import { Problem } from '../../platform/errors.ts';

/**
 * How a deploy goes: as it says itself, and on production as the policy says. A rehearsal gives no traffic and needs no plan.
 * @throws Problem `forbidden` for a deploy that says otherwise than the policy
 */
export function plannedStrategy(policy: Policy, { name, model, strategy }: { readonly name: string; readonly model: string; readonly strategy: Strategy | undefined }): Strategy {
  const planned = policy.isProduction(name) ? policy.rollout : undefined;
  if (planned !== undefined && strategy !== undefined && strategy.kind !== 'rehearsal' && canonicalJson(strategy) !== canonicalJson(planned)) {
    throw new Problem('forbidden', `The policy of ${model} (${policy.name}) has another rollout for production: ${planned.kind}, by ${policy.sourceOf('rollout')}.`, {
      field: 'strategy',
      remedy: `Leave the strategy out, and the plan of the policy is taken; or name ${name} under "staging" in the policy, where it is not production.`,
    });
  }
  return strategy ?? planned ?? strategySchema.parse({ kind: 'all-at-once' });
}
