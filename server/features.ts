import type { Router } from 'express';
import type { CompanionContext } from './context.ts';
import { createDeploy } from './deploy/deploy.ts';
import type { Feature } from './feature.ts';
import { createGatewayControl } from './gateway/control.ts';
import { createAuditFeature } from './governance/auditFeature.ts';
import type { MlflowRead } from './mlflow/reads.ts';
import { createMlflowRouter } from './mlflow/router.ts';
import { createMonitoring } from './monitoring/monitoring.ts';
import { createNotebooks } from './notebooks/notebooks.ts';
import { createReaderThreads } from './reading/readers.ts';
import { createRegistry } from './registry/registry.ts';
import { createReleases } from './releases/releases.ts';
import { createBlobStore } from './store/blobStore.ts';
import type { TrackingRead } from './tracking/reads.ts';
import { createTracking } from './tracking/tracking.ts';
import { createTransfers } from './transfer/transfers.ts';

export interface Features {
  readonly all: readonly Feature[];
  /** The MLflow REST surface, mounted at the root (`/api/2.0/mlflow/...`). */
  readonly mlflow: Router | undefined;
  /** Endpoints that keep the companion up. */
  activeEndpoints(): number;
  /** True while something runs that the companion must not end under. */
  busy(): boolean;
  /** Stops every endpoint's replicas and the gateway. */
  stopEndpoints(): Promise<void>;
}

/** Puts the features together, each with those below it: deploy -> releases -> registry -> tracking. */
export function composeFeatures(context: CompanionContext, settings: Feature): Features {
  const audit = createAuditFeature(context);
  // Panels have threads of their own: the long reads of programs never stand before them.
  const panelReaders = createReaderThreads<TrackingRead>(context.home, context.log);
  const clientReaders = createReaderThreads<MlflowRead>(context.home, context.log, { stepsBehind: true });
  const tracking = createTracking(context, createBlobStore(context.home.blobs), panelReaders);
  const notebooks = createNotebooks(context, tracking);
  const registry = createRegistry(context, tracking, audit.log);
  const releases = createReleases(context, {
    version: (name, version) => registry.version(name, version),
    files: (name, version) => registry.files(name, version),
    blobPath: (sha256) => registry.blobPath(sha256),
    kernelPackages: (captureRunId) => notebooks.kernelPackages(captureRunId),
  });
  const gateway = createGatewayControl(context);
  const deploy = createDeploy(context, { registry, releases, gateway, audit: audit.log });
  registry.onBeforeDelete(({ name, version }) => deploy.refuseIfServed(name, version));
  const monitoring = createMonitoring(context, { endpoint: (name) => deploy.liveOf(name), releases, gateway });
  const transfers = createTransfers(context);
  return {
    all: [settings, panelReaders, clientReaders, audit, tracking, notebooks, registry, releases, deploy, monitoring, transfers],
    mlflow: createMlflowRouter(context, tracking, registry, clientReaders),
    activeEndpoints: () => deploy.activeEndpoints(),
    busy: () => transfers.running(),
    stopEndpoints: () => deploy.stopAll(),
  };
}
