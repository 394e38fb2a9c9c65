/** VS Code's summary of a cell's latest execution, as far as it is known. */
export interface ExecutionSummary {
  readonly executionOrder?: number | undefined;
  readonly success?: boolean | null | undefined;
  readonly timing?: { readonly startTime: number; readonly endTime: number } | undefined;
}

export type CellEvent =
  | { readonly kind: 'begun'; readonly at: number }
  /** The kernel gave the running execution its number. */
  | { readonly kind: 'counted'; readonly at: number; readonly executionOrder: number }
  /** The cell has executed. */
  | { readonly kind: 'ended'; readonly startedAt: number; readonly endedAt: number; readonly success: boolean; readonly executionOrder: number | undefined };

interface Tracked {
  state: 'idle' | 'queued' | 'running';
  begunAt: number;
  counted: boolean;
  lastEnd: number | undefined;
}

/**
 * Reads cells' executions out of their summaries. VS Code tells of an execution in steps: the summary is emptied when the cell is
 * queued, touched again when it starts and when the kernel counts it, and complete when it has ended. Steps may come together.
 */
export interface CellTracker<K extends object> {
  observe(cell: K, summary: ExecutionSummary | undefined): CellEvent[];
  /** The cell's summary was emptied without an execution: its outputs were cleared. */
  forget(cell: K): void;
  isRunning(cell: K): boolean;
}

export function createCellTracker<K extends object>(now: () => number = Date.now): CellTracker<K> {
  const cells = new WeakMap<K, Tracked>();

  const trackedOf = (cell: K): Tracked => {
    const tracked = cells.get(cell) ?? { state: 'idle', begunAt: 0, counted: false, lastEnd: undefined };
    cells.set(cell, tracked);
    return tracked;
  };

  const begin = (tracked: Tracked): CellEvent => {
    tracked.state = 'running';
    tracked.counted = false;
    tracked.begunAt = now();
    return { kind: 'begun', at: tracked.begunAt };
  };

  const observeUnfinished = (tracked: Tracked, order: number | undefined): CellEvent[] => {
    const events: CellEvent[] = [];
    if (tracked.state === 'idle' && order === undefined) {
      tracked.state = 'queued';
      return events;
    }
    if (tracked.state !== 'running') {
      events.push(begin(tracked));
    }
    if (order !== undefined && !tracked.counted) {
      tracked.counted = true;
      events.push({ kind: 'counted', at: tracked.begunAt, executionOrder: order });
    }
    return events;
  };

  return {
    observe(cell, summary) {
      const tracked = trackedOf(cell);
      const order = summary?.executionOrder ?? undefined;
      const timing = summary?.timing;
      if (typeof summary?.success !== 'boolean' && timing === undefined) {
        return observeUnfinished(tracked, order);
      }
      if (tracked.state === 'idle' && (timing === undefined || timing.endTime === tracked.lastEnd)) {
        return [];
      }
      const events = tracked.state === 'running' ? [] : [begin(tracked)];
      const endedAt = timing?.endTime ?? now();
      const startedAt = Math.min(timing?.startTime ?? tracked.begunAt, endedAt);
      tracked.state = 'idle';
      tracked.lastEnd = timing?.endTime;
      return [...events, { kind: 'ended', startedAt, endedAt, success: summary?.success === true, executionOrder: order }];
    },
    forget(cell) {
      trackedOf(cell).state = 'idle';
    },
    isRunning: (cell) => cells.get(cell)?.state === 'running',
  };
}
