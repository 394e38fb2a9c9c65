import { readFile } from 'node:fs/promises';
import { companionLock } from '../../server/contract/companion.ts';

/** Restarts in a row that a crashing companion gets before the user has to ask for the next one. */
const restartsInARow = 3;
const calmMilliseconds = 60_000;

/** Decides whether a companion that is gone is started again by itself. */
export interface CrashRestarts {
  /** Whether it has crashed and may be started again; true counts as a restart. */
  claim(): Promise<boolean>;
}

/** @param lockFile of the companion: one that ends in order says so in it and takes it along at last, one that crashed leaves it */
export function createCrashRestarts(lockFile: () => string): CrashRestarts {
  let restarts: number[] = [];
  return {
    async claim() {
      const left = await readFile(lockFile(), 'utf8').then((text) => !isEnding(text), () => false);
      restarts = restarts.filter((at) => at > Date.now() - calmMilliseconds);
      if (!left || restarts.length >= restartsInARow) {
        return false;
      }
      restarts.push(Date.now());
      return true;
    },
  };
}

function isEnding(text: string): boolean {
  try {
    return companionLock.safeParse(JSON.parse(text)).data?.endingSince !== undefined;
  } catch {
    return false;
  }
}
