import { Router } from 'express';
import type { Caller } from '../contract/caller.ts';
import { describeLoss } from '../contract/format/losses.ts';
import type { EndpointSummary, LiveSpan, RolloutSummary } from '../contract/deployments.ts';
import { pruneRoutes } from '../contract/prune.ts';
import { localCaller } from '../platform/caller.ts';
import type { CompanionContext } from '../platform/context.ts';
import { Problem } from '../platform/errors.ts';
import type { Feature } from '../platform/feature.ts';
import type { AuditLog } from '../governance/auditLog.ts';
import type { Policy } from '../governance/policy/modelPolicy.ts';
import { implementAll } from '../platform/http/implement.ts';
import { connectEngine } from '../releases/images/engine.ts';
import type { Candidates } from './candidates.ts';
import { createImagePushes } from './imagePushes/imagePushes.ts';
import { createEndpointTable } from './endpoints/endpointTable.ts';
import { lastSpans, type LastSpans } from './endpoints/lastSpans.ts';
import { createOutcomes } from './rollouts/outcomes.ts';
import type { Gateway, Registry, Releases, RequestLog } from './replicas/ports.ts';
import { createOutsideTraffic } from './outsideTraffic.ts';
import { createPrune } from './pruning/prune.ts';
import { createReconciler } from './rollouts/reconciler.ts';
import { createSecretFile } from '../platform/secrets/secretFile.ts';
import { createReleaseSecrets } from './replicas/releaseSecrets.ts';
import { createReplicaKeys } from './replicas/replicaKeys.ts';
import { createReplicas } from './replicas/replicas.ts';
import { createReplicaTable } from './replicas/replicaTable.ts';
import type { Alarm } from './orders/alarm.ts';
import type { DeployRequest } from './orders/deployRequest.ts';
import { createOrders } from './orders/orders.ts';
import { createAfterSwitch } from './rollouts/afterSwitch.ts';
import { createRolloutTable } from './rollouts/rolloutTable.ts';
import { mountDeployRoutes } from './routes.ts';
import { mountSecretRoutes } from './secretRoutes.ts';
import type { RolloutParts } from './rollouts/steps/step.ts';
import { endUnknownReplicas } from './replicas/unknownReplicas.ts';
import { createTrafficSamples } from './rollouts/steps/trafficSamples.ts';
import type { FoundReplica } from './targets/target.ts';
import { createTargets } from './targets/targets.ts';
import { createTraffic } from './endpoints/traffic.ts';
import { recentLoss } from './endpoints/recentLoss.ts';
import { serverOf, toEndpointSummaries, toLiveSpan } from './endpoints/toEndpoint.ts';
import { createWatch } from './replicas/watch.ts';

export { requireDefaultTarget } from './targets/targets.ts';

export interface DeployOptions {
  readonly registry: Registry;
  readonly releases: Releases;
  readonly gateway: Gateway;
  readonly audit: AuditLog;
  /** What a model needs. */
  readonly policyOf: (model: string) => Policy;
  /** Releases that wait for their promotion, which no pruning may take. */
  readonly awaited: () => readonly string[];
  readonly requestLog: RequestLog;
}

export interface ServedReleases {
  readonly model: string;
  readonly liveRelease: string | undefined;
  /** The model version that a release brought to the endpoint. */
  readonly versionOf: (release: string) => number | undefined;
}

export interface DeployFeature extends Feature {
  /** Endpoints that run or roll out. */
  activeEndpoints(): number;
  /** Releases outside of the traffic. */
  readonly candidates: Candidates;
  /** What promotions order. */
  readonly promoting: {
    deploy(request: DeployRequest): Promise<unknown>;
    rollout(id: string): Pick<RolloutSummary, 'id' | 'state' | 'message'> | undefined;
    /** The rollout of an endpoint that has not ended. */
    underWay(endpoint: string): string | undefined;
    liveRelease(endpoint: string): string | undefined;
  };
  /** True while files are scored, versions loaded or images pushed: the companion stays up. */
  busy(): boolean;
  /** Stops every endpoint and the gateway. */
  stopAll(actor: Caller): Promise<void>;
  /** Conditions of endpoints that a user should know of. */
  notices(): readonly string[];
  /** The endpoints that there are, with their states. */
  endpoints(): readonly EndpointSummary[];
  /** Since when which release is live, and the one that was live before it. */
  liveSpans(endpoint: string): LastSpans;
  /**
   * Takes an endpoint back to the release before, as an alarm asks and nobody else.
   * @throws Problem `conflict` that says why nothing is done
   */
  rollBackOnAlarm(alarm: Alarm & { readonly endpoint: string; readonly reason: string }): Promise<void>;
  /** When versions of a model were live, and on which endpoints; the latest first. */
  spansOfModel(model: string): readonly LiveSpan[];
  /** When which release was live on an endpoint; the latest first. */
  spansOfEndpoint(name: string): readonly LiveSpan[];
  /** What an endpoint serves and has served; undefined when there is no such endpoint. */
  servedOn(endpoint: string): ServedReleases | undefined;
  /**
   * @param server URL of the MLflow server that holds the version; undefined for the companion's own registry
   * @throws Problem `conflict` when an endpoint serves the version
   */
  refuseIfServed(model: string, version: number, server?: string): void;
}

/** Endpoints, rollouts and rollback. */
export function createDeploy(context: CompanionContext, options: DeployOptions): DeployFeature {
  const { database, events, home, log, timing } = context;
  const { registry, releases, gateway, audit } = options;
  const endpoints = createEndpointTable(database);
  const rollouts = createRolloutTable(database);
  const replicaTable = createReplicaTable(database);
  const keys = createReplicaKeys(home.replicas);
  const secrets = createReleaseSecrets(createSecretFile(home.secrets));

  const endpointChanged = (name: string): void => events.publish({ topic: 'endpoint', name });
  const changed = (name: string, rollout?: string): void => {
    if (rollout !== undefined) {
      events.publish({ topic: 'rollout', id: rollout, endpoint: name });
    }
    endpointChanged(name);
  };

  const targets = createTargets({
    home,
    settings: () => context.settings(),
    releases,
    imagesSettled: () => prune.settled(),
    ended: (id) => {
      // Replicas outlive the companion, and its database.
      const replica = database.open ? replicaTable.get(id) : undefined;
      if (replica !== undefined) {
        reconciler.wake(replica.endpoint);
      }
    },
  });
  const replicas = createReplicas({ table: replicaTable, keys, targets, releases, secrets, gateway, timing, changed: endpointChanged });
  const traffic = createTraffic({ endpoints, rollouts, replicas: replicaTable, keys, releases, gateway });
  const parts: RolloutParts = {
    endpoints,
    rollouts,
    replicaTable,
    keys,
    replicas,
    targets,
    registry,
    releases,
    secrets,
    gateway,
    traffic,
    requestLog: options.requestLog,
    rolloutChanged: ({ id, endpoint }) => changed(endpoint, id),
    samples: createTrafficSamples(),
    timing,
    home: home.root,
  };
  const outcomes = createOutcomes({ database, endpoints, rollouts, registry, audit });
  const reconciler = createReconciler({
    parts,
    outcomes,
    watch: createWatch({ table: replicaTable, keys, replicas, targets, timing, log, changed: endpointChanged }),
    log,
    rolloutChanged: (rollout) => changed(rollout.endpoint, rollout.id),
    endpointChanged,
  });
  const orders = createOrders({ database, parts, outcomes, reconciler, audit, policyOf: options.policyOf, changed });
  const afterSwitch = createAfterSwitch({
    parts,
    goBack: async (name, to, reason) => void (await orders.rollBack({ name, to, reason, requestedBy: localCaller('companion') })),
    log,
  });
  releases.setEndpointHistory((name) => [...new Set(endpoints.spans(name).map(({ release }) => release))]);

  const outside = createOutsideTraffic({ context, parts, keys, audit });
  const imagePushes = createImagePushes({ context, parts, audit });
  const prune = createPrune({ batches: { ...outside, neededReleases: () => [...outside.neededReleases(), ...options.awaited()] }, home, endpoints, rollouts, replicas: replicaTable, releases, keptByPolicy: (model) => options.policyOf(model).entry.retention?.releases ?? 0, audit, engine: () => connectEngine(context.settings()) });

  /** A process id may have been given to a replica of another endpoint since. */
  const isKnown = (target: string, { id, handle }: FoundReplica): boolean =>
    !database.open || outside.isReplica(id) || replicaTable.get(id) !== undefined || replicaTable.all().some((replica) => replica.target === target && replica.handle === handle);

  const router = Router();
  mountDeployRoutes(router, { parts, orders, audit, logs: home.logs, settings: () => context.settings() });
  outside.mount(router);
  imagePushes.mount(router);
  mountSecretRoutes(router, secrets, audit);
  implementAll(router, pruneRoutes, {
    previewPrune: ({ keep }) => prune.preview(keep ?? context.settings().keptReleases),
    prune: ({ keep }, { caller }) => prune.run(keep ?? context.settings().keptReleases, caller),
  });

  return {
    router,
    async start() {
      await reconciler.start();
      afterSwitch.start();
      // Looked for beside everything else: an engine may take its time.
      endUnknownReplicas({ isKnown, keys, targets, log })
        .then((ended) => (ended === 0 ? undefined : traffic.publish()))
        .catch((error: unknown) => log.error('taking the routes of replicas back that the database does not know', error));
    },
    async stop() {
      await afterSwitch.stop();
      await reconciler.stop();
      // With endpoints it goes on serving; without one nobody would end it.
      await gateway.letGo();
    },
    candidates: outside.candidates,
    promoting: {
      deploy: (request) => orders.deploy(request),
      rollout: (id) => rollouts.get(id),
      underWay: (endpoint) => rollouts.active(endpoint)?.id,
      liveRelease: (endpoint) => endpoints.get(endpoint)?.live?.release,
    },
    busy: () => outside.running() || imagePushes.running(),
    activeEndpoints: () => endpoints.all().filter(({ name, desired, live }) => desired !== 'stopped' && (live !== undefined || desired === 'deleted' || rollouts.active(name) !== undefined)).length,
    notices: () => endpoints.all().flatMap(({ name }) => lossNotice(name, gateway)),
    endpoints: () => toEndpointSummaries(endpoints.all().filter(({ desired }) => desired !== 'deleted'), parts),
    liveSpans: (name) => lastSpans(endpoints.spans(name)),
    rollBackOnAlarm: async ({ endpoint: name, reason, ...alarm }) => void (await orders.rollBack({ name, to: undefined, reason, requestedBy: localCaller('companion'), alarm })),
    spansOfEndpoint: (endpoint) => endpoints.spans(endpoint).map((span) => toLiveSpan({ ...span, endpoint }, releases)),
    spansOfModel: (model) => endpoints.spansOfModel(model).map((span) => toLiveSpan(span, releases)),
    servedOn(name) {
      const endpoint = endpoints.get(name);
      return endpoint === undefined || endpoint.desired === 'deleted' ? undefined : { model: endpoint.model, liveRelease: endpoint.live?.release, versionOf: (release) => rollouts.versionOf(name, release) };
    },
    refuseIfServed: (model, version, server) => refuseServed(parts, { model, version, server }),
    async stopAll(actor) {
      await Promise.all(endpoints.all().flatMap(({ name, desired }) => (desired === 'running' ? [orders.stop(name, actor)] : [])));
      await gateway.stop();
    },
  };
}

/** @throws Problem `conflict` when an endpoint serves the version, or rolls it out */
function refuseServed({ endpoints, rollouts, releases }: Pick<RolloutParts, 'endpoints' | 'rollouts' | 'releases'>, of: { readonly model: string; readonly version: number; readonly server: string | undefined }): void {
  for (const { name, desired, model, live } of endpoints.all()) {
    const rolling = rollouts.active(name);
    const uses = (live?.version === of.version && serverOf(live.release, releases) === of.server) || (rolling?.version === of.version && rolling.server === of.server);
    if (desired !== 'deleted' && model === of.model && uses) {
      throw new Problem('conflict', `Endpoint ${name} serves version ${of.version} of ${of.model}.`, {
        field: 'version',
        remedy: 'Move the endpoint to another version, or delete it, first.',
      });
    }
  }
}

function lossNotice(endpoint: string, gateway: Gateway): string[] {
  const loss = recentLoss(endpoint, gateway);
  return loss === undefined ? [] : [`Endpoint ${endpoint}: ${describeLoss(loss)}`];
}
