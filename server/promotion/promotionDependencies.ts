import type { DeployFeature } from '../deployments/deployments.ts';
import type { AuditLog } from '../governance/auditLog.ts';
import type { Policy } from '../governance/policy/modelPolicy.ts';
import type { CompanionContext } from '../platform/context.ts';
import type { Production, PromotionPorts } from './candidate.ts';
import type { GateRuns } from './gateRuns.ts';

/** What promotions need of the features below. */
export interface PromotionDependencies {
  readonly context: Pick<CompanionContext, 'database' | 'jobs' | 'events'>;
  readonly ports: Pick<PromotionPorts, 'resolve'> & { production(model: string, endpoint: string | undefined): Promise<Production> };
  readonly gates: Pick<GateRuns, 'judge' | 'answered'>;
  readonly deployments: DeployFeature['promoting'];
  readonly policyOf: (model: string) => Policy;
  readonly audit: AuditLog;
  /** Opens an incident; called inside the transaction that writes the rollout. */
  readonly breakGlass: (endpoint: string, summary: string) => void;
}
