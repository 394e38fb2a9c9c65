import type { EventHub } from '../../platform/http/events.ts';
import { createThrottle } from '../../platform/time/throttle.ts';
import type { RunRow } from './runs.ts';

/** A run that is logged to without pause is announced at most this often, in milliseconds. */
const interval = 250;

/** Announces changes of runs: at once, then no more than four times a second for one run. */
export interface RunEvents {
  changed(run: RunRow): void;
  stop(): void;
}

/** @param notebookOf the path of the notebook that a run came from */
export function createRunEvents(events: EventHub, notebookOf: (run: RunRow) => string | undefined): RunEvents {
  const throttle = createThrottle<RunRow>(interval, (runId, run) => {
    const notebook = notebookOf(run);
    events.publish({ topic: 'run', runId, experimentId: String(run.experiment), ...(notebook === undefined ? {} : { notebook }) });
  });
  return {
    changed: (run) => throttle.call(run.run_id, run),
    stop: () => throttle.stop(),
  };
}
