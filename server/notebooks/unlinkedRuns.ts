/** A run that was created while no cell was known to execute that it could belong to. */
export interface UnlinkedRun {
  readonly runId: string;
  /** The captured run that the kernel's login names. */
  readonly named: string | undefined;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** Runs that wait for the cell that made them: a kernel may create one before the editor has announced its cell. */
export interface UnlinkedRuns {
  add(run: UnlinkedRun): void;
  /** Takes the runs that were created in a span of time in which a cell executes. @param to undefined while it still does */
  claim(captureRunId: string, from: number, to: number | undefined): UnlinkedRun[];
}

/** Scripts create runs too, and no cell ever claims those. */
const mostKept = 1000;
/** Times of the editor are rounded to milliseconds. */
const rounding = 1;

export function createUnlinkedRuns(): UnlinkedRuns {
  let waiting: UnlinkedRun[] = [];
  return {
    add(run) {
      waiting = [...waiting.slice(1 - mostKept), run];
    },
    claim(captureRunId, from, to) {
      const claimed = waiting.filter(
        ({ named, createdAt }) => (named ?? captureRunId) === captureRunId && createdAt >= from - rounding && (to === undefined || createdAt <= to),
      );
      waiting = waiting.filter((run) => !claimed.includes(run));
      return claimed;
    },
  };
}
