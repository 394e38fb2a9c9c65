import { setTimeout as pause } from 'node:timers/promises';
import { toProblem } from '../../platform/errors.ts';
import type { Log } from '../../platform/log.ts';
import { createEndpointLoops } from '../endpoints/endpointLoops.ts';
import { comingOf, neededOf, neededReplicas } from '../endpoints/needed.ts';
import type { Outcomes } from './outcomes.ts';
import { createProgressWriter } from './progress.ts';
import type { ReplicaRecord } from '../replicas/replicaTable.ts';
import type { RolloutRecord } from './rolloutTable.ts';
import { steps } from './steps/index.ts';
import type { RolloutParts } from './steps/step.ts';
import { resumeStep, type Outcome } from './transitions.ts';
import type { Watch } from '../replicas/watch.ts';

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

const retireRetryMilliseconds = 5000;

export function createReconciler(dependencies: ReconcilerDependencies): Reconciler {
  const { parts, outcomes, watch, log, rolloutChanged, endpointChanged } = dependencies;
  const { endpoints, rollouts, replicaTable, replicas, traffic, timing } = parts;
  const loops = createEndpointLoops(log, (endpoint) => pass(endpoint));
  let gatewayTimer: NodeJS.Timeout | undefined;

  const runStep = async (rollout: RolloutRecord, signal: AbortSignal): Promise<Outcome> => {
    if (rollout.step === 'done') {
      return { kind: 'settled', message: rollout.message };
    }
    const progress = createProgressWriter(rollouts, rollout, rolloutChanged);
    try {
      return await steps[rollout.step](rollout, parts, progress, signal);
    } catch (error) {
      const { message, remedy, reason, cause } = toProblem(error);
      if (reason === 'internal' && !signal.aborted) {
        log.error(`rollout ${rollout.id} at ${rollout.step}`, cause ?? error);
      }
      return { kind: 'failed', message: remedy === undefined ? message : `${message} ${remedy}` };
    }
  };

  /** Runs the step that the rollout is at, beside the passes; the next pass goes on from its outcome. */
  const drive = (rollout: RolloutRecord): void => {
    const loop = loops.of(rollout.endpoint);
    if (loop.rollout !== undefined || Date.now() < loop.rolloutDue) {
      return;
    }
    const work = loops.begin(
      rollout.endpoint,
      async (signal) => {
        const outcome = await runStep(rollout, signal);
        if (signal.aborted) {
          return;
        }
        await loops.inTurn(rollout.endpoint, async () => {
          try {
            outcomes.write(rollout.id, rollout.step, outcome);
          } catch (error) {
            log.error(`rollout ${rollout.id} at ${rollout.step}`, error);
            outcomes.write(rollout.id, rollout.step, { kind: 'failed', message: toProblem(error).message });
          }
          loop.rolloutDue = dueOf(outcome);
          if (loop.rolloutDue > Date.now()) {
            loops.wakeIn(rollout.endpoint, loop.rolloutDue - Date.now());
          }
          if (outcome.kind !== 'wait') {
            announce(rollout.id);
          }
          if (outcome.kind !== 'wait' && outcome.kind !== 'hold') {
            await traffic.publish();
          }
        });
      },
      () => {
        loop.rollout = undefined;
      },
    );
    loop.rollout = { ...work, id: rollout.id };
  };

  const announce = (id: string): void => {
    const rollout = rollouts.get(id);
    if (rollout !== undefined) {
      rolloutChanged(rollout);
      endpointChanged(rollout.endpoint);
    }
  };

  const retireUnneeded = (name: string): void => {
    const needed = (id: string): boolean => {
      const endpoint = endpoints.get(name);
      return endpoint !== undefined && neededReplicas(replicaTable.list(name), neededOf(endpoint, endpoints.spans(name), rollouts.active(name))).has(id);
    };
    const tasks = loops.of(name).replicas;
    // A step that was interrupted may be about to start its replica; it is stopped once the step has let go.
    const lettingGo = loops.of(name).rollout?.controller.signal.aborted === true;
    for (const replica of replicaTable.list(name)) {
      if (lettingGo && replica.state === 'starting') {
        continue;
      }
      if (replica.state !== 'stopped' && (replica.retiring || !needed(replica.id))) {
        // Nobody needs what is being started: it is stopped as soon as it has let go.
        if (replica.state === 'starting') {
          tasks.get(replica.id)?.controller.abort();
        }
        loops.taskOf(name, replica.id, async (signal) => {
          try {
            // One of several replicas of a release that stays is still sent requests; a gateway that does not run sends none.
            await traffic.publish().catch((error: unknown) => log.warn(`before replica ${replica.id} of ${name} is stopped: ${toProblem(error).message}`));
            await replicas.retire(replica.id, () => needed(replica.id));
          } catch (error) {
            log.error(`stopping replica ${replica.id} of ${name}`, error);
            await pause(retireRetryMilliseconds, undefined, { signal });
          }
        });
      }
    }
  };

  const keepReplica = ({ id, endpoint, state, retryAt }: ReplicaRecord, watchDue: boolean): void => {
    const urgent = state === 'starting' || (state === 'failed' && (retryAt ?? 0) <= Date.now());
    if (urgent || watchDue) {
      loops.taskOf(endpoint, id, async (signal) => {
        const before = replicaTable.get(id)?.state;
        await watch.keep(id, signal);
        if (replicaTable.get(id)?.state !== before) {
          await traffic.publish();
        }
      });
    }
    if (state === 'failed' && retryAt !== undefined) {
      loops.wakeIn(endpoint, Math.max(10, retryAt - Date.now()));
    }
  };

  const pass = async (name: string): Promise<void> => {
    const endpoint = endpoints.get(name);
    if (endpoint === undefined || loops.stopped()) {
      return;
    }
    const rollout = rollouts.active(name);
    if (rollout !== undefined && endpoint.desired === 'running') {
      drive(rollout);
    }
    const needed = neededOf(endpoint, endpoints.spans(name), rollout);
    const loop = loops.of(name);
    const watchDue = loop.lastWatch + timing.watch <= Date.now();
    if (watchDue) {
      loop.lastWatch = Date.now();
    }
    for (const placement of [needed.live, needed.warm]) {
      const kept = placement === undefined ? [] : replicas.ensure(name, placement);
      for (const replica of kept) {
        keepReplica(replica, watchDue);
      }
    }
    retireUnneeded(name);
    if (endpoint.desired === 'deleted' && loop.rollout === undefined && replicaTable.list(name).every(({ state }) => state === 'stopped')) {
      await removeEndpoint(name);
      return;
    }
    if (needed.live !== undefined || rollout !== undefined || replicaTable.list(name).some(({ state }) => state !== 'stopped')) {
      loops.wakeIn(name, timing.watch);
    }
  };

  const removeEndpoint = async (name: string): Promise<void> => {
    await traffic.publish();
    for (const replica of replicaTable.list(name)) {
      await parts.targets.of(replica.target).forget(replica);
    }
    endpoints.remove(name);
    loops.remove(name);
    endpointChanged(name);
  };

  /** Rollouts whose new replica died unseen go back to the step that starts it. */
  const resume = async (rollout: RolloutRecord): Promise<void> => {
    const coming = comingOf(rollout);
    const started = coming === undefined ? [] : replicas.chosen(rollout.endpoint, coming);
    const seen = await Promise.all(started.map(({ id }) => replicas.observe(id)));
    const runs = seen.filter(({ running }) => running).length >= rollout.replicaCount;
    const step = resumeStep(rollout.step, runs);
    rollouts.write(rollout.id, { step, event: 'progress', message: 'Going on after a restart of the companion' });
    if (step !== rollout.step) {
      rollouts.change(rollout.id, { step, state: 'running', weight: 0, stage: 0, stageSince: null });
    }
  };

  return {
    async start() {
      loops.start();
      for (const endpoint of endpoints.all()) {
        const rollout = rollouts.active(endpoint.name);
        if (rollout !== undefined) {
          await resume(rollout);
        }
        loops.wakeIn(endpoint.name, 0);
      }
      gatewayTimer = setInterval(() => {
        if (endpoints.all().some(({ desired }) => desired === 'running')) {
          const ensured = traffic.failure() === undefined ? parts.gateway.ensureRunning() : traffic.publish();
          ensured.catch((error: unknown) => log.error('starting the gateway', error));
        }
      }, timing.gatewayCheck);
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

function dueOf(outcome: Outcome): number {
  switch (outcome.kind) {
    case 'wait':
      return Date.now() + outcome.milliseconds;
    case 'hold':
      return outcome.milliseconds === undefined ? Number.POSITIVE_INFINITY : Date.now() + outcome.milliseconds;
    default:
      return 0;
  }
}
