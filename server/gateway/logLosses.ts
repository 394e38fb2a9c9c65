import { z } from 'zod';
import { messageOf, toProblem } from '../platform/errors.ts';
import { timestamp } from '../contract/values.ts';

const gapMilliseconds = 60_000;
/** A loss that begins so soon after the last one is the same: a disk at its brink takes one line and refuses the next. */
const sameLossMilliseconds = 60_000;

/** Requests of one release in one minute that were answered and are not in the log. */
export const logGap = z.object({
  /** Null for requests that no release got. */
  release: z.string().nullable(),
  /** Arrival of the first and of the last, in epoch milliseconds. */
  from: timestamp,
  to: timestamp,
  requests: z.number().int().positive(),
});
export type LogGap = z.infer<typeof logGap>;

/** A line of the inference log that says what is missing in it. */
export const gapLine = z.object({ v: z.literal(1), gap: logGap });

/** What the log of one endpoint has lost since it began to lose. */
export const logLoss = z.object({
  endpoint: z.string(),
  /** Arrival of the first and of the last request that is not in the log. */
  from: timestamp,
  to: timestamp,
  requests: z.number().int(),
  /** Why, for people. */
  failure: z.string(),
  /** The log does not say yet what is missing in it: the disk takes nothing. */
  open: z.boolean(),
  /** What the log does not say yet. */
  gaps: z.array(logGap),
});
export type LogLoss = z.infer<typeof logLoss>;

/** Counts what the log of one endpoint loses. */
export interface LossCount {
  /** Counts a request that the disk did not take. */
  add(request: { readonly release: string | null; readonly at: number }, error: unknown): void;
  /** What the log does not say yet, the oldest first. */
  gaps(): readonly LogGap[];
  /** The log says it. */
  written(gap: LogGap): void;
  /** The last loss; undefined where nothing was lost. */
  report(): LogLoss | undefined;
}

/** @param left what the process before this one could not write any more */
export function createLossCount(endpoint: string, left?: LogLoss): LossCount {
  const gaps = new Map((left?.gaps ?? []).map((gap) => [keyOf(gap.release, gap.from), gap]));
  let loss: Omit<LogLoss, 'open' | 'gaps'> | undefined = left;
  return {
    add({ release, at }, error) {
      const key = keyOf(release, at);
      const known = gaps.get(key);
      gaps.set(key, known === undefined ? { release, from: at, to: at, requests: 1 } : { release, ...widen(known, at), requests: known.requests + 1 });
      const goesOn = loss !== undefined && (gaps.size > 1 || known !== undefined || at - loss.to < sameLossMilliseconds);
      const before = goesOn ? loss : undefined;
      const failure = toProblem(error).reason === 'disk-full' ? 'the disk is full' : messageOf(error);
      loss = { endpoint, ...(before === undefined ? { from: at, to: at } : widen(before, at)), requests: (before?.requests ?? 0) + 1, failure };
    },
    gaps: () => [...gaps.values()],
    written: (gap) => void gaps.delete(keyOf(gap.release, gap.from)),
    report: () => (loss === undefined ? undefined : { ...loss, open: gaps.size > 0, gaps: [...gaps.values()] }),
  };
}

function keyOf(release: string | null, at: number): string {
  return `${release ?? ''}/${Math.floor(at / gapMilliseconds)}`;
}

/** Requests are logged when they end: a later line may be of an earlier arrival. */
function widen({ from, to }: { readonly from: number; readonly to: number }, at: number): { from: number; to: number } {
  return { from: Math.min(from, at), to: Math.max(to, at) };
}
