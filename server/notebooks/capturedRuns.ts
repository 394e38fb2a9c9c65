import { Problem } from '../platform/errors.ts';
import type { EventHub } from '../platform/http/events.ts';
import { createCaptureStore, type CaptureStore, type StoredCapture } from './captureStore.ts';
import type { CaptureTracking } from './captureTracking.ts';
import { createRunMaskings, type RunMaskings } from './maskCells.ts';
import type { Database } from '../platform/database/database.ts';

/** The captured runs of this machine: found, changed, ended. */
export interface CapturedRuns {
  readonly store: CaptureStore;
  readonly tracking: CaptureTracking;
  readonly maskings: RunMaskings;
  /** @throws Problem `not-found` for a run that was not captured here */
  open(runId: string): StoredCapture;
  /** Tells everybody that a captured run has changed. */
  publish(capture: Pick<StoredCapture, 'runId' | 'notebook'>): void;
  /** Ends a captured run, as failed where its last cell did; one that has ended stays as it is. */
  end(capture: StoredCapture, status: 'FINISHED' | 'FAILED' | 'KILLED'): void;
}

export function createCapturedRuns(database: Database, events: EventHub, tracking: CaptureTracking): CapturedRuns {
  const store = createCaptureStore(database);
  const maskings = createRunMaskings();
  const publish: CapturedRuns['publish'] = ({ runId, notebook }) => events.publish({ topic: 'capture', runId, notebook });
  tracking.onRunPurged((runId) => store.forget(runId));
  return {
    store,
    tracking,
    maskings,
    open(runId) {
      const capture = store.find(tracking.captureOf(runId));
      if (capture === undefined) {
        throw new Problem('not-found', `There is no captured run ${runId} on this machine.`, { field: 'runId', remedy: 'The cells of a run are kept where it was recorded.' });
      }
      return capture;
    },
    publish,
    end(capture, status) {
      if (capture.endedAt !== undefined) {
        return;
      }
      const failed = store.executions(capture.runId).at(-1)?.success === false;
      const at = Date.now();
      tracking.finishRun(capture.runId, status === 'FINISHED' && failed ? 'FAILED' : status, at);
      store.end(capture.runId, at);
      maskings.forget(capture.runId);
      publish(capture);
    },
  };
}
