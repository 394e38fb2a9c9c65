import type { EventHub } from '../../platform/http/events.ts';

/** A run that is logged to without pause is announced at most this often, in milliseconds. */
const interval = 250;

/** Announces changes of runs: at once, then no more than four times a second for one run. */
export interface RunEvents {
  changed(run: { readonly run_id: string; readonly experiment: number }): void;
  stop(): void;
}

interface Pending {
  readonly timer: NodeJS.Timeout;
  again: boolean;
}

export function createRunEvents(events: EventHub): RunEvents {
  const pending = new Map<string, Pending>();

  const announce = (runId: string, experimentId: string): void => {
    events.publish({ topic: 'run', runId, experimentId });
    const timer = setTimeout(() => {
      const again = pending.get(runId)?.again === true;
      pending.delete(runId);
      if (again) {
        announce(runId, experimentId);
      }
    }, interval);
    timer.unref();
    pending.set(runId, { timer, again: false });
  };

  return {
    changed({ run_id: runId, experiment }) {
      const waiting = pending.get(runId);
      if (waiting === undefined) {
        announce(runId, String(experiment));
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
