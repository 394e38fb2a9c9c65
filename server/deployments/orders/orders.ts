import type { Caller } from '../../contract/caller.ts';
import type { RolloutRecord } from '../rollouts/rolloutTable.ts';
import { createAllowOrder } from './allow.ts';
import { createEndpointChanges, type EndpointChanges } from './changeEndpoint.ts';
import type { DeployPreview } from '../../contract/deployPreview.ts';
import { createDeployOrder } from './deploy.ts';
import type { DeployRequest } from './deployRequest.ts';
import { createDeployPreview } from './previewDeploy.ts';
import type { OrderDependencies } from './order.ts';
import { createRollback, type Rollback } from './rollback.ts';
import { createRolloutSteering, type RolloutSteering } from './steerRollout.ts';

/** What an operator can ask for. Each call writes what is wanted; the reconciler does it. */
export interface Orders extends RolloutSteering, EndpointChanges, Rollback {
  deploy(request: DeployRequest): Promise<RolloutRecord>;
  /** What a deploy would do and whether it would be refused; nothing is written. */
  previewDeploy(request: DeployRequest, signal: AbortSignal): Promise<DeployPreview>;
  /** Deploys again what a rollout was refused with, with all allowed that it names as allowable. @param id of the rollout */
  allow(id: string, actor: Caller): Promise<RolloutRecord>;
}

export function createOrders(dependencies: OrderDependencies): Orders {
  const deploy = createDeployOrder(dependencies);
  return {
    deploy,
    previewDeploy: createDeployPreview(dependencies),
    allow: createAllowOrder(dependencies, deploy),
    ...createRolloutSteering(dependencies),
    ...createEndpointChanges(dependencies),
    ...createRollback(dependencies),
  };
}
