import type { EventHub } from '../../platform/http/events.ts';
import type { RunRow } from './runs.ts';

/** A run that is logged to without pause is announced at most this often, in milliseconds. */
const interval = 250;

/** Announces changes of runs: at once, then no more than four times a second for one run. */
export interface RunEvents {
  changed(run: RunRow): void;
  stop(): void;
}

interface Pending {
  readonly timer: NodeJS.Timeout;
  again: boolean;
}

/** @param notebookOf the path of the notebook that a run came from */
export function createRunEvents(events: EventHub, notebookOf: (run: RunRow) => string | undefined): RunEvents {
  const pending = new Map<string, Pending>();

  const announce = (run: RunRow): void => {
    const runId = run.run_id;
    const notebook = notebookOf(run);
    events.publish({ topic: 'run', runId, experimentId: String(run.experiment), ...(notebook === undefined ? {} : { notebook }) });
    const timer = setTimeout(() => {
      const again = pending.get(runId)?.again === true;
      pending.delete(runId);
      if (again) {
        announce(run);
      }
    }, interval);
    timer.unref();
    pending.set(runId, { timer, again: false });
  };

  return {
    changed(run) {
      const waiting = pending.get(run.run_id);
      if (waiting === undefined) {
        announce(run);
      } else {
        waiting.again = true;
      }
    },
    stop() {
      for (const { timer } of pending.values()) {
        clearTimeout(timer);
      }
      pending.clear();
    },
  };
}
