import type { Router } from 'express';
import type { Caller } from './contract/caller.ts';
import type { Settings } from './contract/settings.ts';
import type { CompanionContext } from './platform/context.ts';
import { createAlerts } from './alerts/alerts.ts';
import { createDeploy, requireDefaultTarget } from './deployments/deployments.ts';
import { createFleet } from './fleet/fleet.ts';
import type { Feature } from './platform/feature.ts';
import type { SettingsFeature } from './platform/settings.ts';
import { createGatewayControl } from './gateway/control.ts';
import { createAuditFeature } from './governance/auditFeature.ts';
import { createPolicies } from './governance/policy/policies.ts';
import { createDocuments } from './documents/documents.ts';
import { createLineage } from './lineage/lineage.ts';
import { createPromotion } from './promotion/promotion.ts';
import type { MlflowRead } from './mlflow/reads.ts';
import { createMlflowRouter } from './mlflow/router.ts';
import { createMonitoring } from './monitoring/monitoring.ts';
import { createKernelEnvironments } from './notebooks/kernelEnvironment.ts';
import { createNotebooks } from './notebooks/notebooks.ts';
import type { MetricsSources } from './prometheus/companionMetrics.ts';
import { createReaderThreads } from './platform/threads/readers.ts';
import { fetchedVersion } from './registry/fetchedVersion.ts';
import type { RegistryRead } from './registry/local/reads.ts';
import { createRegistry } from './registry/registry.ts';
import { createReleases } from './releases/releases.ts';
import { createRetraining } from './retraining/retraining.ts';
import { createTrackingServer } from './trackingServer/trackingServer.ts';
import { createDiskBlobs } from './artifacts/disk/diskBlobs.ts';
import type { TrackingRead } from './tracking/local/reads.ts';
import { createLocalTracking } from './tracking/local/localTracking.ts';
import { createTracking } from './tracking/tracking.ts';
import { readingOfOwn } from './transfer/bounds/reading.ts';
import { createOwnReader } from './transfer/own/ownReader.ts';
import { openOwnStores } from './transfer/own/ownStores.ts';
import type { StoreReader } from './mlflow/client/storeReader.ts';
import { createTransfers } from './transfer/transfers.ts';

export interface Features {
  readonly all: readonly Feature[];
  /** The MLflow REST surface, mounted at the root (`/api/2.0/mlflow/...`). */
  readonly mlflow: Router | undefined;
  /** What Prometheus is told of. */
  readonly metrics: MetricsSources;
  /** Endpoints that keep the companion up. */
  activeEndpoints(): number;
  /** True while something runs that the companion must not end under. */
  busy(): boolean;
  /** Conditions that a user should know of. */
  notices(): readonly string[];
  /** Stops every endpoint's replicas and the gateway. */
  stopEndpoints(actor: Caller): Promise<void>;
}

/** @throws Problem `invalid-input` for a setting that names what no feature has */
export function checkSettings({ defaultTarget }: Settings): void {
  requireDefaultTarget(defaultTarget);
}

/** Puts the features together, each with those below it: deploy -> releases -> registry -> tracking. */
export function composeFeatures(context: CompanionContext, settings: SettingsFeature): Features {
  const audit = createAuditFeature(context);
  settings.onChange((changes, actor) => void audit.log.append({ actor, action: 'settings.changed', subject: 'settings', detail: changes }));
  const policies = createPolicies(context, audit.log);
  const blobs = createDiskBlobs(context.home.blobs);
  // Panels have threads of their own: the long reads of programs never stand before them.
  const panelReaders = createReaderThreads<TrackingRead | RegistryRead>(context.home, context.log);
  const clientReaders = createReaderThreads<MlflowRead>(context.home, context.log, { stepsBehind: true });
  const localTracking = createLocalTracking(context, blobs);
  let ownReader: StoreReader | undefined;
  const connection = createTrackingServer(context, {
    audit: audit.log,
    source: () => (ownReader ??= createOwnReader(openOwnStores(context.database, blobs), readingOfOwn(context.home.root, () => undefined))),
    experimentName: (experimentId) => localTracking.stores.experiments.get(experimentId).name,
  });
  const tracking = createTracking(context, { local: localTracking, readers: panelReaders, connection, kernelOfCapture: createKernelEnvironments(context.database) });
  const notebooks = createNotebooks(context, tracking.ofCaptures);
  const registry = createRegistry(context, { tracking, connection, blobs, audit: audit.log, readers: panelReaders });
  const releases = createReleases(context, {
    version: (name, version, server) => registry.at(server).version(name, version),
    files: (name, version, server, progress, signal) => registry.at(server).files(name, version, progress, signal),
    blobs,
    kernelPackages: (captureRunId) => notebooks.kernelPackages(captureRunId),
  });
  const gateway = createGatewayControl(context);
  const deploy = createDeploy(context, {
    registry: {
      resolve: (name, selector) => registry.current().resolve(name, selector),
      setAlias: (name, alias, version, actor, server) => registry.at(server).moveAlias(name, alias, version, actor),
    },
    releases,
    gateway,
    audit: audit.log,
    policyOf: (model) => policies.of(model),
    awaited: () => promotion.awaited(),
    requestLog: { count: (input) => monitoring.count(input), answers: (input) => monitoring.answers(input), recorded: (input) => monitoring.recorded(input), compare: (input) => monitoring.compare(input), compareCopies: (input) => monitoring.compareCopies(input), liveTraffic: (input) => monitoring.liveTraffic(input) },
  });
  registry.onBeforeDelete((name, version, server) => deploy.refuseIfServed(name, version, server));
  const monitoring = createMonitoring(context, {
    endpoint: (name) => deploy.servedOn(name),
    releases,
    version: (name, version) => fetchedVersion(registry.current(), name, version),
    gateway,
    audit: audit.log,
    keptDays: () => policies.inferenceLogDays(),
  });
  const retraining = createRetraining({ context, log: context.log, policies, registry: () => registry.current(), audit: audit.log, firing: (model) => deploy.endpoints().filter((each) => each.model === model && policies.of(model).isProduction(each.name)).flatMap(({ name }) => alerts.firing(name, ['drift', 'performance'])) });
  const alerts = createAlerts(context, {
    endpoints: () => deploy.endpoints(),
    traffic: (endpoint, from, to) => monitoring.traffic(endpoint, from, to),
    performance: (endpoint, from, to, windows) => monitoring.performance(endpoint, from, to, windows),
    hasLabels: (endpoint) => monitoring.hasLabels(endpoint),
    labelledAt: (endpoint) => monitoring.labelledAt(endpoint),
    verdict: (endpoint, from, to) => monitoring.verdict(endpoint, from, to),
    lastRetraining(endpoint) {
      const model = deploy.servedOn(endpoint)?.model;
      return model === undefined ? undefined : retraining.last(model);
    },
    audit: audit.log,
    rollBack: (alarm) => deploy.rollBackOnAlarm(alarm),
    spans: (endpoint) => deploy.spansOfEndpoint(endpoint),
    seen: (endpoint, from, to, release) => monitoring.seen(endpoint, from, to, release),
    plannedRule(endpoint, rule) {
      const model = deploy.servedOn(endpoint)?.model;
      const policy = model === undefined ? undefined : policies.of(model);
      return policy?.isProduction(endpoint) === true ? (policy.entry.alerts?.[rule] ?? {}) : {};
    },
  });
  const fleet = createFleet({
    endpoints: () => deploy.endpoints(),
    liveSpans: (endpoint) => deploy.liveSpans(endpoint),
    incidents: () => alerts.latestIncidents(),
    looks: (endpoint) => alerts.looks(endpoint),
    traffic: (endpoints) => monitoring.fleetTraffic(endpoints),
  });
  const documents = createDocuments({
    audit: audit.log,
    version: (name, version) => registry.current().version(name, version),
    tagVersion: (name, version, tags) => registry.current().tagVersion(name, version, tags),
    endpoints: () => deploy.endpoints(),
    liveSpans: (model) => deploy.spansOfModel(model),
    traffic: (endpoint, from, to) => monitoring.traffic(endpoint, from, to),
    verdict: (endpoint, from, to) => monitoring.verdict(endpoint, from, to),
    performance: (endpoint, from, to, windows) => monitoring.performance(endpoint, from, to, windows),
    incidents: (endpoint) => alerts.incidentsOf(endpoint, 20),
    models: (call) => registry.current().listModels({}, call),
    hasLabels: (endpoint) => monitoring.hasLabels(endpoint),
    channels: () => alerts.channels(),
    owners: (model) => policies.of(model).entry.owners ?? [],
  });
  const lineage = createLineage({
    audit: audit.log,
    release: (digest) => releases.get(digest),
    version: (name, version, server) => registry.at(server).version(name, version),
    models: (call) => registry.current().listModels({}, call),
    run: (runId, call) => tracking.current().getRun({ runId }, call),
    request: (id, endpoint) => monitoring.find(id, endpoint),
    endpoints: () => deploy.endpoints(),
  });
  const promotion = createPromotion({
    context,
    resolve: async (model, selector) => registry.current().resolve(model, selector),
    deploy,
    trainingDrift: (input) => monitoring.trainingDrift(input),
    policyOf: (model) => policies.of(model),
    audit: audit.log,
    breakGlass: (endpoint, summary) => alerts.breakGlass(endpoint, summary),
  });
  const transfers = createTransfers(context, audit.log);
  return {
    // Jobs, which call the others, start last and stop first.
    all: [settings, panelReaders, clientReaders, audit, policies, connection, tracking, notebooks, registry, releases, deploy, monitoring, alerts, fleet, lineage, documents, ...promotion.all, retraining, transfers, context.jobs],
    mlflow: createMlflowRouter(context, { tracking, registry: registry.local, readers: clientReaders, connection }),
    metrics: { version: context.version, endpoints: () => deploy.endpoints(), incidents: () => alerts.latestIncidents(), looks: (endpoint) => alerts.looks(endpoint) },
    activeEndpoints: () => deploy.activeEndpoints(),
    busy: () => transfers.running() || deploy.busy() || promotion.running() || retraining.wanted() || tracking.local.runsGoOn(),
    notices: () => [...audit.notices(), ...policies.notices(), ...deploy.notices()],
    stopEndpoints: (actor) => deploy.stopAll(actor),
  };
}
