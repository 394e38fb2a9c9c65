import type { Run } from '../contract/tracking.ts';
import type { CompanionContext } from '../platform/context.ts';
import type { Feature } from '../platform/feature.ts';
import type { Readers } from '../platform/threads/readers.ts';
import type { TrackingServerConnection } from '../trackingServer/trackingServer.ts';
import type { KernelEnvironment } from './comparison.ts';
import type { LocalTracking } from './local/localTracking.ts';
import { createLocalTrackingStore } from './local/localTrackingStore.ts';
import type { TrackingRead } from './local/reads.ts';
import { trackingRouter } from './routes.ts';
import { createSharedTracking, type SharedTracking } from './shared/sharedTracking.ts';
import type { TrackingStore } from './store.ts';

export type { CreatedRun } from './local/localTracking.ts';

/** What captured runs, which are recorded on this machine, need of tracking: runs that clients log in their cells may be on a shared server. */
export interface TrackingOfCaptures extends Omit<LocalTracking, 'stop'> {
  /** A run that a client logged, wherever it is kept. */
  loggedRun(runId: string): Pick<Run, 'runId' | 'name' | 'experimentId' | 'startedAt' | 'models'>;
  /** The captured run that a run is the published copy of; else the same id. */
  captureOf(runId: string): string;
  /** False while a shared server keeps the runs: one that is unknown here may be there. */
  keepsAllRuns(): boolean;
}

/** Experiments and runs, on this machine or on the shared server that the settings name. */
export interface Tracking extends Feature {
  readonly local: LocalTracking;
  readonly shared: SharedTracking;
  readonly ofCaptures: TrackingOfCaptures;
  /** The store that is in use. */
  current(): TrackingStore;
}

export interface TrackingNeeds {
  readonly local: LocalTracking;
  readonly readers: Readers<TrackingRead>;
  readonly connection: TrackingServerConnection;
  /** What the kernel of a captured run of this machine had installed. */
  readonly kernelOfCapture: (captureRunId: string) => KernelEnvironment | undefined;
}

export function createTracking(context: CompanionContext, { local, readers, connection, kernelOfCapture }: TrackingNeeds): Tracking {
  const shared = createSharedTracking(context, { connection, kernelOfCapture, runCreated: (run) => local.runCreated(run) });
  const localStore = createLocalTrackingStore(context, local, readers);
  const current = (): TrackingStore => {
    const server = connection.current();
    return server === undefined ? localStore : shared.at(server);
  };
  return {
    router: trackingRouter(current),
    local,
    shared,
    ofCaptures: {
      ...local,
      loggedRun: (runId) => shared.loggedRun(runId) ?? local.run(runId),
      isActive: (runId) => shared.loggedRun(runId) !== undefined || local.isActive(runId),
      setTags(runId, tags) {
        if (!shared.setTags(runId, tags)) {
          local.setTags(runId, tags);
        }
      },
      captureOf: (runId) => connection.captures.localId(runId) ?? runId,
      keepsAllRuns: () => connection.current() === undefined,
    },
    current,
    stop: () => local.stop(),
  };
}
