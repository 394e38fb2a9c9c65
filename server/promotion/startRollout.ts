import type { Promotion } from '../contract/promotions.ts';
import { servingConfig } from '../contract/servingConfig.ts';
import type { DeployFeature } from '../deployments/deployments.ts';
import type { AuditLog } from '../governance/auditLog.ts';
import { Problem } from '../platform/errors.ts';
import type { PromotionTable, StoredPromotion } from './promotionTable.ts';

export interface StartDependencies {
  readonly table: PromotionTable;
  readonly stateNow: (stored: StoredPromotion) => Promotion;
  readonly deployments: DeployFeature['promoting'];
  readonly audit: AuditLog;
  readonly breakGlass: (endpoint: string, summary: string) => void;
}

/**
 * Rolls a promotion out by the plan of its policy, where everything is there: the release that was judged as it is. Written in one transaction with the rollout, which asks
 * once more whether all is as it has to be.
 * @throws Problem all of a deploy, such as `conflict` while another rollout of the endpoint goes on
 */
export async function startRollout(id: number, { table, stateNow, deployments, audit, breakGlass }: StartDependencies): Promise<void> {
  const stored = table.get(id);
  if (stored?.release === undefined || stored.release === null) {
    return;
  }
  const { model, version, endpoint, release, requestedBy, reason } = stored;
  const before = stateNow(stored);
  if (before.state === 'void') {
    throw new Problem('conflict', before.message);
  }
  if (before.state !== 'ready') {
    return;
  }
  await deployments.deploy({
    name: endpoint,
    model,
    version,
    target: undefined,
    replicaCount: undefined,
    strategy: undefined,
    serving: stored.serving ?? servingConfig.parse({}),
    requestedBy,
    // Where the policy asks for it, the gate of the schema has looked at it, or somebody answers for it.
    allowBreaking: stored.breakGlass || before.results.some(({ gate }) => gate === 'schema'),
    promoted: {
      release,
      reason: `Promotion ${id}: ${reason}`,
      begun(rollout) {
        const current = table.get(id);
        const now = current === undefined ? undefined : stateNow(current);
        if (now?.state !== 'ready') {
          throw new Problem('conflict', now?.message ?? 'It is gone.');
        }
        table.started(id, rollout.id);
        audit.append({
          actor: requestedBy,
          action: 'promotion.started',
          subject: endpoint,
          detail: { promotion: id, rollout: rollout.id, model, version, release, ...(stored.breakGlass ? { breakGlass: true } : { approvedBy: now.approvals.map(({ by }) => by) }) },
        });
        if (stored.breakGlass) {
          breakGlass(endpoint, `${requestedBy.user} brought version ${version} of ${model} to production past gates and approvals: ${reason}`);
        }
      },
    },
  });
}
