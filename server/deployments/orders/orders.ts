import type { Caller } from '../../contract/caller.ts';
import type { RolloutRecord } from '../rollouts/rolloutTable.ts';
import { createAllowOrder } from './allow.ts';
import { createEndpointChanges, type EndpointChanges } from './changeEndpoint.ts';
import { createDeployOrder, type DeployRequest } from './deploy.ts';
import type { OrderDependencies } from './order.ts';
import { createRollback, type Rollback } from './rollback.ts';
import { createRolloutSteering, type RolloutSteering } from './steerRollout.ts';

/** What an operator can ask for. Each call writes what is wanted; the reconciler does it. */
export interface Orders extends RolloutSteering, EndpointChanges, Rollback {
  deploy(request: DeployRequest): Promise<RolloutRecord>;
  /** Deploys again what a rollout was refused with, with all allowed that it names as allowable. @param id of the rollout */
  allow(id: string, actor: Caller): Promise<RolloutRecord>;
}

export function createOrders(dependencies: OrderDependencies): Orders {
  const deploy = createDeployOrder(dependencies);
  return {
    deploy,
    allow: createAllowOrder(dependencies, deploy),
    ...createRolloutSteering(dependencies),
    ...createEndpointChanges(dependencies),
    ...createRollback(dependencies),
  };
}
