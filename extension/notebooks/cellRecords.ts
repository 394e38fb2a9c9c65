import type { LogOutputChannel } from 'vscode';
import { CallFailure } from '../../server/client/callFailure.ts';
import type { CellExecution, CellResults } from '../../server/contract/notebooks.ts';
import type { Connection } from '../companion/connection.ts';
import { describeFailure } from '../vscode/failures.ts';
import { createBatch } from './batch.ts';
import { createPostQueue } from './postQueue.ts';

/** How the records of a notebook's executions stand. */
export interface RecordingState {
  readonly recorded: number;
  readonly waiting: number;
  /** Why cells wait to be recorded. */
  readonly waitingFor: string | undefined;
  /** Executions that could not be recorded, and why the last one was not. */
  readonly lost: number;
  readonly lostBecause: string | undefined;
}

/** Sends executions to the companion, in order and each until it is recorded or refused. `S` stands for a captured run. */
export interface CellRecords<S> {
  readonly state: RecordingState;
  /** Quick cells are recorded together. */
  add(into: S, execution: CellExecution): void;
  /** Sends what has been added without waiting for more. */
  flush(): void;
  /** Does something else with the companion, in the order of the queue. */
  enqueue(job: () => Promise<void>): void;
  /** The counting begins anew. */
  reset(): void;
  drain(milliseconds: number): Promise<void>;
  stop(): void;
}

export interface CellRecordsOptions<S> {
  /** Path of the notebook, for the log. */
  readonly notebook: string;
  readonly connection: Connection;
  readonly log: LogOutputChannel;
  readonly runIdOf: (into: S) => Promise<string>;
  readonly onResults: (results: CellResults) => void;
  readonly onChange: () => void;
}

/** Quick cells follow each other many times a second: recording one must not slow the next one down. */
const batching = { firstMilliseconds: 50, distanceMilliseconds: 500, mostItems: 100, largestSize: 4_000_000 } as const;

const passing = new Set(['unreachable', 'start-failed', 'aborted', 'disk-full']);

/** Whether a failure passes by itself, so that another try is worth it. */
export function passes(error: unknown): boolean {
  return !CallFailure.is(error) || passing.has(error.reason);
}

export function createCellRecords<S>({ notebook, connection, log, runIdOf, onResults, onChange }: CellRecordsOptions<S>): CellRecords<S> {
  let recorded = 0;
  let lost = 0;
  let lostBecause: string | undefined;
  let waitingFor: string | undefined;

  const queue = createPostQueue({
    passes,
    onWaiting(error) {
      const next = error === undefined ? undefined : describeFailure(error);
      if (next !== waitingFor) {
        waitingFor = next;
        if (next !== undefined) {
          log.warn(`recording ${notebook} waits: ${next}`);
        }
        onChange();
      }
    },
    onLost(error) {
      lost += 1;
      lostBecause = describeFailure(error);
      log.error(`an execution in ${notebook} was not recorded: ${lostBecause}`);
      onChange();
    },
  });

  const post = async (into: S, executions: CellExecution[]): Promise<void> => {
    const { results } = await connection.call('recordCells', { runId: await runIdOf(into), executions });
    recorded += executions.length;
    results.forEach(onResults);
    onChange();
  };

  const enqueuePost = (into: S, executions: CellExecution[]): void => {
    queue.add(async () => {
      try {
        await post(into, executions);
      } catch (error) {
        if (passes(error) || executions.length === 1) {
          throw error;
        }
        // One of them was refused: the others are recorded without it.
        executions.forEach((execution) => void enqueuePost(into, [execution]));
      }
    });
  };

  const batch = createBatch<{ readonly into: S; readonly execution: CellExecution }>({
    ...batching,
    send(ended) {
      for (const run of new Set(ended.map(({ into }) => into))) {
        enqueuePost(run, ended.filter(({ into }) => into === run).map(({ execution }) => execution));
      }
    },
  });

  return {
    get state() {
      return { recorded, waiting: queue.waiting, waitingFor, lost, lostBecause };
    },
    add(into, execution) {
      batch.add({ into, execution }, execution.outputs.reduce((sum, { content }) => sum + content.length, execution.source.length));
    },
    flush: () => void batch.flush(),
    enqueue: (job) => void queue.add(job),
    reset() {
      recorded = 0;
    },
    drain(milliseconds) {
      batch.flush();
      return queue.drain(milliseconds);
    },
    stop: () => void queue.stop(),
  };
}
