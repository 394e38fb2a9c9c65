import type { Progress } from '../replicas/ports.ts';
import type { RolloutRecord, RolloutTable } from './rolloutTable.ts';

/** A build says many lines a second; so many milliseconds lie between those that are written down. */
const interval = 1000;

/** Writes what a step says into the rollout's journal, not each line of it. */
export function createProgressWriter(rollouts: RolloutTable, rollout: RolloutRecord, changed: (rollout: RolloutRecord) => void): Progress {
  let last = 0;
  return (message) => {
    const now = Date.now();
    if (now - last < interval) {
      return;
    }
    last = now;
    const current = rollouts.get(rollout.id);
    if (current?.state !== 'running' || current.step !== rollout.step) {
      return;
    }
    rollouts.write(rollout.id, { step: rollout.step, event: 'progress', message });
    rollouts.change(rollout.id, { message });
    changed(current);
  };
}
