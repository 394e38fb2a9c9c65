import { access } from 'node:fs/promises';

/** Restarts in a row that a crashing companion gets before the user has to ask for the next one. */
const restartsInARow = 3;
const calmMilliseconds = 60_000;

/** Decides whether a companion that is gone is started again by itself. */
export interface CrashRestarts {
  /** Whether it has crashed and may be started again; true counts as a restart. */
  claim(): Promise<boolean>;
}

/** @param lockFile of the companion: one that ended in order takes it along, one that crashed leaves it */
export function createCrashRestarts(lockFile: () => string): CrashRestarts {
  let restarts: number[] = [];
  return {
    async claim() {
      const left = await access(lockFile()).then(() => true, () => false);
      restarts = restarts.filter((at) => at > Date.now() - calmMilliseconds);
      if (!left || restarts.length >= restartsInARow) {
        return false;
      }
      restarts.push(Date.now());
      return true;
    },
  };
}
