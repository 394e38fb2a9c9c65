import { alertRoutes } from './alerts.ts';
import { artifactRoutes } from './artifacts.ts';
import { baselineRoutes } from './baselines.ts';
import { batchRoutes } from './batches.ts';
import { captureRoutes } from './notebooks.ts';
import { channelRoutes } from './channels.ts';
import { companionRoutes } from './companion.ts';
import { deletedRoutes } from './deleted.ts';
import { deployPreviewRoutes } from './deployPreview.ts';
import { deployRoutes } from './deployments.ts';
import { fleetRoutes } from './fleet.ts';
import { forgetRoutes } from './forget.ts';
import { gateRoutes } from './gates.ts';
import { governanceRoutes } from './governance.ts';
import { lineageRoutes } from './lineage.ts';
import { imagePushRoutes } from './imagePushes.ts';
import { modelCardRoutes } from './modelCard.ts';
import { loadCheckRoutes } from './loadChecks.ts';
import { monitoringRoutes } from './monitoring.ts';
import { performanceRoutes } from './performance.ts';
import { policyRoutes } from './policy.ts';
import { promotionRoutes } from './promotions.ts';
import { pruneRoutes } from './prune.ts';
import { readinessRoutes } from './readiness.ts';
import { registryRoutes } from './registry.ts';
import { releaseRoutes } from './releases.ts';
import { retrainingRoutes } from './retraining.ts';
import { viewRoutes } from './savedViews.ts';
import { secretRoutes } from './secrets.ts';
import { settingsRoutes } from './settings.ts';
import { timelineRoutes } from './timeline.ts';
import { trackingServerRoutes } from './trackingServer.ts';
import { purgeRoutes, trackingRoutes } from './tracking.ts';
import { transferRoutes } from './transfer.ts';
import type { Route, RouteInput, RouteOutput } from './route.ts';

/** Every call of the companion's own API, by name. */
export const api = {
  ...companionRoutes,
  ...settingsRoutes,
  ...trackingRoutes,
  ...deletedRoutes,
  ...viewRoutes,
  ...purgeRoutes,
  ...artifactRoutes,
  ...trackingServerRoutes,
  ...captureRoutes,
  ...registryRoutes,
  ...releaseRoutes,
  ...deployRoutes,
  ...deployPreviewRoutes,
  ...timelineRoutes,
  ...batchRoutes,
  ...imagePushRoutes,
  ...loadCheckRoutes,
  ...pruneRoutes,
  ...secretRoutes,
  ...monitoringRoutes,
  ...baselineRoutes,
  ...performanceRoutes,
  ...forgetRoutes,
  ...alertRoutes,
  ...channelRoutes,
  ...fleetRoutes,
  ...governanceRoutes,
  ...policyRoutes,
  ...lineageRoutes,
  ...modelCardRoutes,
  ...readinessRoutes,
  ...gateRoutes,
  ...promotionRoutes,
  ...retrainingRoutes,
  ...transferRoutes,
} as const;

export type Api = typeof api;
export type CallName = keyof Api;
export type CallInput<N extends CallName> = RouteInput<Api[N]>;
export type CallOutput<N extends CallName> = RouteOutput<Api[N]>;

export function isCallName(name: string): name is CallName {
  return Object.hasOwn(api, name);
}

/** The declaration of a call, whichever it is. */
export function routeNamed(name: CallName): Route {
  return api[name];
}
