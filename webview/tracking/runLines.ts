import { childrenOf, labelsWithin } from '../../server/contract/nestedRuns.ts';
import type { Run } from '../../server/contract/tracking.ts';

/** A run as a line of the table. */
export interface RunLine {
  readonly kind: 'run';
  readonly run: Run;
  /** From 1. */
  readonly level: number;
  /** Place among its neighbours, from 1, and their number. */
  readonly place: number;
  readonly of: number;
  /** How many runs were started within it, and whether they are shown. */
  readonly within?: { readonly runs: number; readonly expanded: boolean };
  /** What tells it from its neighbours, where its own name was given by chance. */
  readonly label?: string;
}

/** Runs, which are in order already, under the runs that they were started within; those of collapsed runs are left out. */
export function nestedLines(runs: readonly Run[], expanded: ReadonlySet<string>): readonly RunLine[] {
  const children = childrenOf(runs);
  const below = (parent: string | undefined, level: number): RunLine[] => {
    const own = children.get(parent) ?? [];
    const labels = parent === undefined ? undefined : labelsWithin(own);
    return own.flatMap((run, index) => {
      const inner = children.get(run.runId)?.length ?? 0;
      const open = inner > 0 && expanded.has(run.runId);
      const label = labels?.get(run);
      const line: RunLine = {
        kind: 'run',
        run,
        level,
        place: index + 1,
        of: own.length,
        ...(inner === 0 ? {} : { within: { runs: inner, expanded: open } }),
        ...(label === undefined ? {} : { label }),
      };
      return [line, ...(open ? below(run.runId, level + 1) : [])];
    });
  };
  return below(undefined, 1);
}
