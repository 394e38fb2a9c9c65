import { setTimeout as wait } from 'node:timers/promises';
import { withCancel } from './progress.ts';

const pollMilliseconds = 400;

interface Followed<T> {
  readonly title: string;
  readonly read: () => Promise<T>;
  readonly goesOn: (current: T) => boolean;
  /** Asks for its end; what comes of that is still followed. */
  readonly cancel: () => Promise<unknown>;
  readonly describe: (current: T) => string;
  /** What is said once it is being cancelled. */
  readonly cancelling?: string;
  /** How much is done, in percent, where that is known. */
  readonly percent?: (current: T) => number;
}

/** Shows what the companion does in a notification until it has ended; its button cancels it. The window may close meanwhile. */
export function followWork<T>({ title, read, goesOn, cancel, describe, cancelling = 'Cancelling', percent = () => 0 }: Followed<T>): Thenable<T> {
  return withCancel(title, async (signal, report) => {
    let reported = 0;
    let asked = false;
    for (;;) {
      const current = await read();
      if (!goesOn(current)) {
        return current;
      }
      if (signal.aborted && !asked) {
        asked = true;
        await cancel();
      }
      const reached = Math.max(reported, percent(current));
      report(asked ? cancelling : describe(current), reached - reported);
      reported = reached;
      await wait(pollMilliseconds);
    }
  });
}
