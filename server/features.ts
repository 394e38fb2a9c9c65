import type { Router } from 'express';
import type { Caller } from './contract/caller.ts';
import type { Settings } from './contract/settings.ts';
import type { CompanionContext } from './platform/context.ts';
import { createDeploy, requireDefaultTarget } from './deployments/deployments.ts';
import type { Feature } from './platform/feature.ts';
import { createGatewayControl } from './gateway/control.ts';
import { createAuditFeature } from './governance/auditFeature.ts';
import type { MlflowRead } from './mlflow/reads.ts';
import { createMlflowRouter } from './mlflow/router.ts';
import { createMonitoring } from './monitoring/monitoring.ts';
import { createKernelEnvironments } from './notebooks/kernelEnvironment.ts';
import { createNotebooks } from './notebooks/notebooks.ts';
import { createReaderThreads } from './platform/threads/readers.ts';
import type { RegistryRead } from './registry/local/reads.ts';
import { createRegistry } from './registry/registry.ts';
import { createReleases } from './releases/releases.ts';
import { createRemote } from './trackingServer/trackingServer.ts';
import { createBlobStore } from './artifacts/disk/blobStore.ts';
import type { TrackingRead } from './tracking/local/reads.ts';
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
  stopEndpoints(actor: Caller): Promise<void>;
}

/** @throws Problem `invalid-input` for a setting that names what no feature has */
export function checkSettings({ defaultTarget }: Settings): void {
  requireDefaultTarget(defaultTarget);
}

/** Puts the features together, each with those below it: deploy -> releases -> registry -> tracking. */
export function composeFeatures(context: CompanionContext, settings: Feature): Features {
  const audit = createAuditFeature(context);
  const blobs = createBlobStore(context.home.blobs);
  // Panels have threads of their own: the long reads of programs never stand before them.
  const panelReaders = createReaderThreads<TrackingRead | RegistryRead>(context.home, context.log);
  const clientReaders = createReaderThreads<MlflowRead>(context.home, context.log, { stepsBehind: true });
  const tracking = createTracking(context, blobs, panelReaders);
  const remote = createRemote(context, { tracking, blobs, audit: audit.log, kernelOfCapture: createKernelEnvironments(context.database) });
  const notebooks = createNotebooks(context, {
    ...tracking,
    loggedRun: (runId) => remote.loggedRun(runId) ?? tracking.run(runId),
    isActive: (runId) => remote.loggedRun(runId) !== undefined || tracking.isActive(runId),
    setTags: (runId, tags) => {
      if (!remote.setTags(runId, tags)) {
        tracking.setTags(runId, tags);
      }
    },
    captureOf: (runId) => remote.captureOf(runId) ?? runId,
    keepsAllRuns: () => remote.current() === undefined,
  });
  const registry = createRegistry(context, tracking, audit.log, panelReaders);
  const releases = createReleases(context, {
    version: (name, version, server) => (server === undefined ? registry.version(name, version) : remote.version(server, name, version)),
    files: (name, version, server, progress, signal) =>
      server === undefined ? registry.files(name, version) : remote.files(server, name, version, progress, signal),
    blobPath: (sha256) => registry.blobPath(sha256),
    kernelPackages: (captureRunId) => notebooks.kernelPackages(captureRunId),
  });
  const gateway = createGatewayControl(context);
  const deploy = createDeploy(context, {
    registry: {
      resolve(name, selector) {
        const server = remote.current();
        return server === undefined ? registry.resolve(name, selector) : remote.resolve(server, name, selector);
      },
      setAlias(name, alias, version, actor, server) {
        if (server !== undefined) {
          return remote.setAlias(server, name, alias, version, actor);
        }
        registry.setAlias(name, alias, version, actor);
        return undefined;
      },
    },
    releases,
    gateway,
    audit: audit.log,
  });
  registry.onBeforeDelete(({ name, version }) => deploy.refuseIfServed(name, version));
  remote.onBeforeDelete((name, version, server) => deploy.refuseIfServed(name, version, server));
  const monitoring = createMonitoring(context, { endpoint: (name) => deploy.liveOf(name), releases, gateway });
  const transfers = createTransfers(context);
  return {
    // The shared server comes before those whose routes it takes over while it is in use; jobs, which call the others, start last and stop first.
    all: [settings, panelReaders, clientReaders, audit, remote, tracking, notebooks, registry, releases, deploy, monitoring, transfers, context.jobs],
    mlflow: createMlflowRouter(context, tracking, registry, clientReaders, remote),
    activeEndpoints: () => deploy.activeEndpoints(),
    busy: () => transfers.running(),
    stopEndpoints: (actor) => deploy.stopAll(actor),
  };
}
