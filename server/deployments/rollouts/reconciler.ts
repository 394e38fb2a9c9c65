import type { Log } from '../../platform/log.ts';
import { createEndpointLoops } from '../endpoints/endpointLoops.ts';
import { neededOf, nothingNeeded, type Needed } from '../endpoints/needed.ts';
import { createUpkeep } from '../endpoints/upkeep.ts';
import type { Watch } from '../replicas/watch.ts';
import { createDrive } from './drive.ts';
import type { Outcomes } from './outcomes.ts';
import { resumeRollout } from './resume.ts';
import type { RolloutRecord } from './rolloutTable.ts';
import type { RolloutParts } from './steps/step.ts';

/** How often it is looked whether the gateway runs at all. */
const gatewayLookMilliseconds = 200;

export interface ReconcilerDependencies {
  readonly parts: RolloutParts;
  readonly outcomes: Outcomes;
  readonly watch: Watch;
  readonly log: Log;
  readonly rolloutChanged: (rollout: RolloutRecord) => void;
  readonly endpointChanged: (endpoint: string) => void;
}

/** Compares what each endpoint should be with what it is, and takes one step at a time towards it. */
export interface Reconciler {
  start(): Promise<void>;
  /** Leaves everything as it is, to go on at the next start. */
  stop(): Promise<void>;
  /** Looks at an endpoint soon. */
  wake(endpoint: string): void;
  /** Runs a change of an endpoint while no pass runs, then looks at the endpoint. */
  exclusively<T>(endpoint: string, change: () => Promise<T> | T): Promise<T>;
  /** Ends what a rollout is doing; its outcome is not waited for. */
  interrupt(rollout: string): void;
}

export function createReconciler(dependencies: ReconcilerDependencies): Reconciler {
  const { parts, outcomes, watch, log, rolloutChanged, endpointChanged } = dependencies;
  const { endpoints, rollouts, replicaTable, traffic, timing } = parts;
  let gatewayTimer: NodeJS.Timeout | undefined;
  let gatewayDue = 0;
  let checkingGateway = false;

  const neededNow = (name: string): Needed => {
    const endpoint = endpoints.get(name);
    return endpoint === undefined ? nothingNeeded : neededOf(endpoint, endpoints.spans(name), rollouts.active(name));
  };
  const someRun = (name: string): boolean => replicaTable.list(name).some(({ state }) => state !== 'stopped');

  const pass = async (name: string): Promise<void> => {
    const endpoint = endpoints.get(name);
    if (endpoint === undefined || loops.stopped()) {
      return;
    }
    const rollout = rollouts.active(name);
    if (rollout !== undefined && endpoint.desired === 'running') {
      drive(rollout);
    }
    const needed = neededNow(name);
    upkeep.keep(name, needed);
    upkeep.retireUnneeded(name);
    if (endpoint.desired === 'deleted' && loops.of(name).rollout === undefined && !someRun(name)) {
      await removeEndpoint(name);
    } else if (needed.live !== undefined || rollout !== undefined || someRun(name)) {
      loops.wakeIn(name, timing.watch);
    }
  };

  const loops = createEndpointLoops(log, pass);
  const upkeep = createUpkeep({ parts, loops, watch, log, neededNow });
  const drive = createDrive({ parts, outcomes, loops, log, rolloutChanged });

  const removeEndpoint = async (name: string): Promise<void> => {
    await traffic.publish();
    for (const replica of replicaTable.list(name)) {
      await parts.targets.of(replica.target).forget(replica);
    }
    endpoints.remove(name);
    loops.remove(name);
    endpointChanged(name);
  };

  const checkGateway = (): void => {
    gatewayDue = Date.now() + timing.gatewayCheck;
    if (endpoints.all().some(({ desired }) => desired === 'running')) {
      const ensured = traffic.failure() === undefined ? parts.gateway.ensureRunning() : traffic.publish();
      checkingGateway = true;
      ensured
        .catch((error: unknown) => log.error('starting the gateway', error))
        .finally(() => {
          checkingGateway = false;
        });
    }
  };
  /** One that was killed is missed at once; whether one that runs is as it should be, now and then. */
  const lookAtGateway = (): void => {
    if (!checkingGateway && (Date.now() >= gatewayDue || (traffic.failure() === undefined && parts.gateway.hasDied()))) {
      checkGateway();
    }
  };

  return {
    async start() {
      loops.start();
      for (const endpoint of endpoints.all()) {
        const rollout = rollouts.active(endpoint.name);
        if (rollout !== undefined) {
          await resumeRollout(rollout, parts);
        }
        loops.wakeIn(endpoint.name, 0);
      }
      gatewayDue = Date.now() + timing.gatewayCheck;
      gatewayTimer = setInterval(lookAtGateway, Math.min(gatewayLookMilliseconds, timing.gatewayCheck));
      if (endpoints.all().length > 0) {
        // Routes may have changed in the tables without having been put in force.
        traffic.publish().catch((error: unknown) => log.error('publishing the routes', error));
      }
    },
    async stop() {
      clearInterval(gatewayTimer);
      await loops.stop();
    },
    wake(endpoint) {
      const loop = loops.of(endpoint);
      loop.lastWatch = 0;
      loops.wakeIn(endpoint, 0);
    },
    async exclusively(endpoint, change) {
      try {
        return await loops.inTurn(endpoint, change);
      } finally {
        loops.of(endpoint).rolloutDue = 0;
        loops.wakeIn(endpoint, 0);
      }
    },
    interrupt(rollout) {
      for (const loop of loops.all()) {
        if (loop.rollout?.id === rollout) {
          loop.rollout.controller.abort();
        }
      }
    },
  };
}
