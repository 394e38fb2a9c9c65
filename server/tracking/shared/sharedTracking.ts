import type { CompanionContext } from '../../platform/context.ts';
import { oncePer } from '../../platform/oncePer.ts';
import type { SharedServer } from '../../trackingServer/servers.ts';
import type { TrackingServerConnection } from '../../trackingServer/trackingServer.ts';
import type { KernelEnvironment } from '../comparison.ts';
import type { CreatedRun } from '../local/localTracking.ts';
import type { TrackingStore } from '../store.ts';
import { createLinkedRuns, type LoggedRun } from './linkedRuns.ts';
import { createSharedParts, type SharedParts } from './sharedParts.ts';
import { createSharedTrackingStore } from './sharedTrackingStore.ts';

/** A run that passed through the companion on its way to a shared server. */
export interface PassedRun extends CreatedRun {
  readonly name: string;
}

/** Runs of shared servers, and what is known on this machine of those that its kernels made there. */
export interface SharedTracking {
  at(server: SharedServer): TrackingStore;
  /** To be used inside of the server's `ask` alone, which turns what its calls throw into Problems. */
  partsOf(server: SharedServer): SharedParts;
  /** Undefined for a run that no kernel of this machine made on a shared server. */
  loggedRun(runId: string): LoggedRun | undefined;
  /** Sets tags of such a run, now or as soon as the server answers; false for another run. */
  setTags(runId: string, tags: Readonly<Record<string, string>>): boolean;
  runPassed(server: SharedServer, run: PassedRun): void;
  modelPassed(model: { readonly modelId: string; readonly name: string; readonly runId: string }): void;
}

export interface SharedTrackingNeeds {
  readonly connection: Pick<TrackingServerConnection, 'outbox' | 'captures' | 'onLook'>;
  /** What the kernel of a captured run of this machine had installed. */
  readonly kernelOfCapture: (captureRunId: string) => KernelEnvironment | undefined;
  /** Told of runs that kernels of this machine make. */
  readonly runCreated: (run: CreatedRun) => void;
}

export function createSharedTracking({ database, events }: CompanionContext, { connection, kernelOfCapture, runCreated }: SharedTrackingNeeds): SharedTracking {
  const { outbox, captures } = connection;
  const linked = createLinkedRuns(database);
  const partsOf = oncePer((server: SharedServer) =>
    createSharedParts(server.client, ({ runId, source, cell }) => {
      const capture = source === 'capture' ? captures.localId(runId) : cell?.captureRunId;
      return capture === undefined ? undefined : kernelOfCapture(capture);
    }),
  );
  const at = oncePer((server: SharedServer) =>
    createSharedTrackingStore({ server, ask: (work) => server.ask(() => work(partsOf(server))), events, idThere: (runId) => captures.remoteId(runId, server.url) ?? runId }),
  );
  connection.onLook((server) => partsOf(server).runs.forget());

  return {
    at,
    partsOf,
    loggedRun: (runId) => linked.find(runId),
    setTags(runId, tags) {
      const run = linked.find(runId);
      if (run === undefined) {
        return false;
      }
      const list = Object.entries(tags).map(([key, value]) => ({ key, value }));
      outbox.put({ server: run.server, subject: `tags ${runId}`, path: '/runs/log-batch', body: { run_id: runId, tags: list }, summary: `The run ${run.name} is linked to its cell on ${run.server}` });
      return true;
    },
    runPassed(server, { runId, experimentId, name, startedAt, userName }) {
      linked.add({ runId, server: server.url, experimentId, name, startedAt });
      runCreated({ runId, experimentId, startedAt, userName });
      events.publish({ topic: 'experiments', experimentId });
      events.publish({ topic: 'run', runId, experimentId });
    },
    modelPassed: ({ runId, ...model }) => linked.addModel(runId, model),
  };
}
