import type { Strategy } from '../../contract/deployments.ts';
import type { ModelVersion } from '../../contract/registry.ts';
import type { Policy } from '../../governance/policy/modelPolicy.ts';
import { Problem } from '../../platform/errors.ts';

/**
 * Where a policy asks for gates or approvals, production moves by promotions alone. A rehearsal gives no traffic, and a rollback is no deploy.
 * @throws Problem `forbidden` that names the command that asks for one
 */
export function requirePromotion(policy: Policy, { name, strategy, promoted }: { readonly name: string; readonly strategy: Strategy | undefined; readonly promoted?: unknown }, { name: model, version }: Pick<ModelVersion, 'name' | 'version'>): void {
  const { gates = {}, approvals } = policy.entry;
  const asked = [...(Object.keys(gates).length === 0 ? [] : ['gates']), ...((approvals?.required ?? 0) === 0 ? [] : ['approvals'])];
  if (promoted !== undefined || asked.length === 0 || strategy?.kind === 'rehearsal' || !policy.isProduction(name)) {
    return;
  }
  throw new Problem('forbidden', `The policy of ${model} (${policy.name}) asks for ${asked.join(' and ')} before ${name} gets another version.`, {
    field: 'name',
    remedy: `Ask for it: slipway promotion request ${model}:${version} --endpoint ${name} --reason TEXT; or name ${name} under "staging" in the policy, where it is not production.`,
  });
}
