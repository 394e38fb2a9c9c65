import type { Router } from 'express';
import { deployPreviewRoutes } from '../contract/deployPreview.ts';
import { deployRoutes, type Endpoint, type Rollout } from '../contract/deployments.ts';
import { timelineRoutes } from '../contract/timeline.ts';
import type { Settings } from '../contract/settings.ts';
import { Problem } from '../platform/errors.ts';
import { implement, implementAll } from '../platform/http/implement.ts';
import type { AuditLog } from '../governance/auditLog.ts';
import { timelineOf } from './endpoints/timeline.ts';
import { toEndpoint, toEndpointSummaries, toLiveSpan } from './endpoints/toEndpoint.ts';
import { withMemoryLimit } from './orders/memoryLimit.ts';
import { requireEndpoint } from './orders/order.ts';
import type { Orders } from './orders/orders.ts';
import { readLogs } from './replicas/logs.ts';
import type { RolloutRecord } from './rollouts/rolloutTable.ts';
import type { RolloutParts } from './rollouts/steps/step.ts';
import { toRollout } from './rollouts/toRollout.ts';

export interface DeployRouteDependencies {
  readonly parts: RolloutParts;
  readonly orders: Orders;
  readonly audit: AuditLog;
  /** Folder of the logs. */
  readonly logs: string;
  /** The settings in force. */
  readonly settings: () => Settings;
}

/** Mounts what clients can ask of endpoints and rollouts. */
export function mountDeployRoutes(router: Router, { parts, orders, audit, logs, settings }: DeployRouteDependencies): void {
  const { endpoints, rollouts, targets, releases } = parts;
  const endpointNow = (name: string): Endpoint => toEndpoint(requireEndpoint(parts, name), parts);
  const shown = async (rollout: Promise<RolloutRecord>): Promise<Rollout> => toRollout(await rollout, rollouts);

  implementAll(router, deployPreviewRoutes, {
    previewDeploy: ({ target, replicaCount, serving, strategy, ...request }, { caller, signal }) =>
      orders.previewDeploy({ ...request, target, replicaCount, strategy, serving: withMemoryLimit(serving, settings()), requestedBy: caller }, signal),
  });
  implement(router, timelineRoutes.getTimeline, ({ name }) => timelineOf(requireEndpoint(parts, name), { ...parts, audit }));
  implementAll(router, deployRoutes, {
    listTargets: async () => ({ targets: await targets.describe() }),
    listEndpoints: () => ({ endpoints: toEndpointSummaries(endpoints.all().filter(({ desired }) => desired !== 'deleted'), parts) }),
    getEndpoint: ({ name }) => endpointNow(name),
    listLiveSpans: ({ model }) => ({ spans: endpoints.spansOfModel(model).map((span) => toLiveSpan(span, releases)) }),
    deploy: ({ target, replicaCount, serving, strategy, ...request }, { caller }) =>
      shown(orders.deploy({ ...request, target, replicaCount, strategy, serving: withMemoryLimit(serving, settings()), requestedBy: caller })),
    allowAndDeploy: ({ id }, { caller }) => shown(orders.allow(id, caller)),
    promote: ({ name }, { caller }) => shown(orders.promote(name, caller)),
    cancelRollout: ({ name }, { caller }) => shown(orders.cancel(name, caller)),
    previewRollback: ({ name, to }) => orders.previewRollback(name, to),
    rollBack: async ({ to, ...request }, { caller }) => {
      const { rollout, ...rest } = await orders.rollBack({ ...request, to, requestedBy: caller });
      return { rollout: toRollout(rollout, rollouts), ...rest };
    },
    stopEndpoint: async ({ name }, { caller }) => {
      await orders.stop(name, caller);
      return endpointNow(name);
    },
    startEndpoint: async ({ name }, { caller }) => {
      await orders.start(name, caller);
      return endpointNow(name);
    },
    scaleEndpoint: async ({ name, replicaCount }, { caller }) => {
      await orders.scale(name, replicaCount, caller);
      return endpointNow(name);
    },
    deleteEndpoint: async ({ name, evenIfBusy }, { caller }) => {
      await orders.remove(name, caller, evenIfBusy === 'true');
      return {};
    },
    listRollouts: ({ name }) => {
      requireEndpoint(parts, name);
      return { rollouts: rollouts.list(name).map((rollout) => toRollout(rollout, rollouts)) };
    },
    getRollout: ({ id }) => {
      const rollout = rollouts.get(id);
      if (rollout === undefined) {
        throw new Problem('not-found', `There is no rollout ${id}.`, { field: 'id' });
      }
      return toRollout(rollout, rollouts);
    },
    readLogs: async ({ name, lines, replica }) => ({ logs: await readLogs(requireEndpoint(parts, name), { lines, replica, logs }, parts) }),
  });
}
