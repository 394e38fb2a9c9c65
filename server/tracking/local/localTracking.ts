import type { CompanionContext } from '../../platform/context.ts';
import type { Run, RunStatus } from '../../contract/tracking.ts';
import type { BlobStore } from '../../artifacts/blobs.ts';
import { createArtifacts, type Artifacts } from './artifacts.ts';
import { toContractRun } from '../contractRun.ts';
import { createRunLogging, type RunLogging } from './logging.ts';
import type { Metric } from '../../contract/entities.ts';
import { createMoveRuns, type MoveRuns } from './moveRuns.ts';
import { openReadStores, type ReadStores } from './readStores.ts';
import { createRunEvents, type RunEvents } from './runEvents.ts';
import { createRunInputs, type RunInputs } from './runInputs.ts';
import { createRunningRuns } from './runningRuns.ts';
import type { RunRow } from './runs.ts';

/** A run that a client has just created. */
export interface CreatedRun {
  readonly runId: string;
  readonly experimentId: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** The user name of the client's Basic login, if it sent one. */
  readonly userName: string | undefined;
}

export interface LoggedModelNotice {
  readonly modelId: string;
  readonly runId: string | undefined;
  readonly name: string;
}

/** The stores of tracking, for the MLflow surface and the registry; each writes what it says at once. */
export interface TrackingStores extends ReadStores {
  readonly logging: RunLogging;
  readonly inputs: RunInputs;
  readonly artifacts: Artifacts;
  readonly events: RunEvents;
  readonly moveRuns: MoveRuns;
}

/** Runs of this machine, for the MLflow surface and the other features. */
export interface LocalTracking {
  readonly stores: TrackingStores;
  /** Creates a run in the experiment of that name, and the experiment if there is none. Listeners of created runs are not told. */
  createRun(run: { experimentName: string; name: string; startedAt: number; tags: Readonly<Record<string, string>> }): { runId: string; experimentId: string };
  logParams(runId: string, params: Readonly<Record<string, string>>): void;
  /** Gives params that a captured run has other values. */
  changeParams(runId: string, params: Readonly<Record<string, string>>): void;
  logMetrics(runId: string, metrics: readonly Metric[]): void;
  setTags(runId: string, tags: Readonly<Record<string, string>>): void;
  finishRun(runId: string, status: RunStatus, endedAt: number): void;
  /** @throws Problem `not-found` */
  run(runId: string): Run;
  /** Whether a client's run goes on, which the companion must not end under. */
  runsGoOn(): boolean;
  /** False for a run that is deleted, or that is not there. */
  isActive(runId: string): boolean;
  onRunCreated(listener: (created: CreatedRun) => void): void;
  onModelLogged(listener: (model: LoggedModelNotice) => void): void;
  /** Listeners remove what else is known about a run that is removed for good; they run in the transaction that removes it. */
  onRunPurged(listener: (runId: string) => void): void;
  /** Tells the listeners; for the MLflow surface. */
  runCreated(created: CreatedRun): void;
  modelLogged(model: LoggedModelNotice): void;
  runPurged(runId: string): void;
  stop(): void;
}

export function createLocalTracking(context: CompanionContext, blobs: BlobStore): LocalTracking {
  const { database } = context;
  const reading = openReadStores(database, blobs);
  const { experiments, runs, metrics } = reading;
  const stores: TrackingStores = {
    ...reading,
    logging: createRunLogging(database, runs, metrics),
    inputs: createRunInputs(database, runs),
    artifacts: createArtifacts(database, blobs),
    events: createRunEvents(context.events, (row) => runs.tag(row, 'slipway.notebook')),
    moveRuns: createMoveRuns(database, experiments, runs),
  };
  const { models, logging, events } = stores;
  const createdListeners: ((created: CreatedRun) => void)[] = [];
  const loggedListeners: ((model: LoggedModelNotice) => void)[] = [];
  const purgedListeners: ((runId: string) => void)[] = [];

  const run = (runId: string): Run => {
    const [details] = stores.describeRuns([runs.find(runId)]);
    if (details === undefined) {
      throw new TypeError('one row describes one run');
    }
    return toContractRun(details, models.ofRun(runId));
  };
  const tell = <T>(listeners: readonly ((event: T) => void)[], event: T): void => {
    for (const listener of listeners) {
      // The client's request has succeeded whatever a listener makes of it.
      try {
        listener(event);
      } catch (error) {
        context.log.error('a listener of tracking', error);
      }
    }
  };
  const createRun = database.transaction((experimentName: string, name: string, startedAt: number, tags: Readonly<Record<string, string>>): RunRow => {
    const found = experiments.findByName(experimentName);
    const experimentId = found?.experimentId ?? experiments.create(experimentName);
    if (found?.stage === 'deleted') {
      experiments.reopen(experimentId);
    }
    return runs.create({ experimentId, name, startedAt, tags });
  });

  return {
    stores,
    createRun({ experimentName, name, startedAt, tags }) {
      const row = createRun(experimentName, name, startedAt, tags);
      const experimentId = String(row.experiment);
      context.events.publish({ topic: 'experiments', experimentId });
      events.changed(row);
      return { runId: row.run_id, experimentId };
    },
    logParams(runId, params) {
      events.changed(logging.logBatch(runId, { params: Object.entries(params).map(([key, value]) => ({ key, value })) }));
    },
    changeParams(runId, params) {
      events.changed(runs.changeParams(runId, new Map(Object.entries(params))));
    },
    logMetrics(runId, points) {
      events.changed(logging.logBatch(runId, { metrics: points }));
    },
    setTags(runId, tags) {
      events.changed(logging.logBatch(runId, { tags: Object.entries(tags).map(([key, value]) => ({ key, value })) }));
    },
    finishRun(runId, status, endedAt) {
      events.changed(runs.update(runId, { status, endedAt }));
    },
    run,
    runsGoOn: createRunningRuns(database),
    isActive: (runId) => runs.known([runId]).some(({ stage }) => stage === 'active'),
    onRunCreated: (listener) => void createdListeners.push(listener),
    onModelLogged: (listener) => void loggedListeners.push(listener),
    onRunPurged: (listener) => void purgedListeners.push(listener),
    runPurged: (runId) => purgedListeners.forEach((listener) => listener(runId)),
    runCreated: (created) => tell(createdListeners, created),
    modelLogged: (model) => tell(loggedListeners, model),
    stop: () => events.stop(),
  };
}
