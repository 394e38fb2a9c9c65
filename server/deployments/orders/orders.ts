import type { RolloutRecord } from '../rollouts/rolloutTable.ts';
import { createEndpointChanges, type EndpointChanges } from './changeEndpoint.ts';
import { createDeployOrder, type DeployRequest } from './deploy.ts';
import type { OrderDependencies } from './order.ts';
import { createRollback, type Rollback } from './rollback.ts';
import { createRolloutSteering, type RolloutSteering } from './steerRollout.ts';

/** What an operator can ask for. Each call writes what is wanted; the reconciler does it. */
export interface Orders extends RolloutSteering, EndpointChanges, Rollback {
  deploy(request: DeployRequest): Promise<RolloutRecord>;
}

export function createOrders(dependencies: OrderDependencies): Orders {
  return {
    deploy: createDeployOrder(dependencies),
    ...createRolloutSteering(dependencies),
    ...createEndpointChanges(dependencies),
    ...createRollback(dependencies),
  };
}
