import type { Caller } from '../../contract/caller.ts';
import type { Strategy } from '../../contract/deployments.ts';
import type { ModelVersion } from '../../contract/registry.ts';
import type { ServingConfig } from '../../contract/servingConfig.ts';
import type { RolloutRecord } from '../rollouts/rolloutTable.ts';

export interface DeployRequest {
  readonly name: string;
  readonly model: string;
  readonly version: number | string;
  readonly target: string | undefined;
  readonly replicaCount: number | undefined;
  /** Undefined: as the policy says, else all at once. */
  readonly strategy: Strategy | undefined;
  readonly serving: ServingConfig;
  readonly requestedBy: Caller;
  /** A signature that would break today's callers is taken as it is. */
  readonly allowBreaking: boolean;
  /** What a promotion has judged and had approved. */
  readonly promoted?: Promoted;
}

/** A release that goes to production as it is, by a promotion. */
interface Promoted {
  readonly release: string;
  readonly reason: string;
  /** Called inside the transaction that writes the rollout; what it throws undoes it. */
  begun(rollout: RolloutRecord): void;
}

/** What a deploy comes to once its model version and target are known. */
export interface DeployPlan extends DeployRequest {
  readonly resolved: ModelVersion;
  readonly target: string;
  readonly strategy: Strategy;
}
