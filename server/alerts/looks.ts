import type { Verdict } from '../contract/monitoring.ts';
import type { Performance } from '../contract/performance.ts';
import type { TrafficFigures } from './measure.ts';

const minute = 60_000;
/** Alarms of drift are calibrated for looks that are so far apart. */
const driftMilliseconds = 60 * minute;
/** Performance of a window moves by little in such a part of it. */
const partOfWindow = 100;
const performanceMilliseconds = { least: minute, most: 60 * minute };

/** What was seen of an endpoint over a window that takes its time to read. */
export interface Look<Seen> {
  /** Epoch milliseconds of the look, which is where its window ends. */
  readonly at: number;
  readonly windowMinutes: number;
  readonly seen: Seen;
}

export interface DriftSeen {
  readonly traffic: TrafficFigures;
  /** Undefined for an endpoint that is gone meanwhile. */
  readonly verdict: Verdict | undefined;
}

export interface LookSources {
  traffic(endpoint: string, from: number, to: number): TrafficFigures;
  /** What a span says of the inputs and predictions of the live release; reads in a thread. */
  verdict(endpoint: string, from: number, to: number): Promise<Verdict | undefined>;
  /** Of the predictions of a span; reads in a thread. */
  performance(endpoint: string, from: number, to: number, windows: number): Promise<Performance>;
  /** Whether labels of an endpoint have ever come. */
  hasLabels(endpoint: string): boolean;
  /** When the last labels of an endpoint came since the companion started. */
  labelledAt(endpoint: string): number | undefined;
}

export interface LastLooks {
  readonly drift: Look<DriftSeen> | undefined;
  readonly performance: Look<Performance> | undefined;
}

/** Looks at endpoints that are kept for a while: one that is not old, and of the window that is asked for, answers the next question too. */
export interface Looks {
  drift(endpoint: string, windowMinutes: number, now: number): Promise<Look<DriftSeen>>;
  performance(endpoint: string, windowMinutes: number, now: number): Promise<Look<Performance>>;
  /** The last looks, whenever they were. */
  last(endpoint: string): LastLooks;
  /** Forgets all endpoints but these. */
  keep(endpoints: readonly string[]): void;
}

export function createLooks(sources: LookSources): Looks {
  const drifts = new Map<string, Look<DriftSeen>>();
  const performances = new Map<string, Look<Performance>>();
  return {
    async drift(endpoint, windowMinutes, now) {
      const last = drifts.get(endpoint);
      if (last !== undefined && last.windowMinutes === windowMinutes && now - last.at < driftMilliseconds) {
        return last;
      }
      // A verdict is of whole minutes, and reads the log to its end before: traffic of the same minutes is counted after it.
      const from = now - windowMinutes * minute;
      const verdict = await sources.verdict(endpoint, from, now);
      const look = { at: now, windowMinutes, seen: { traffic: sources.traffic(endpoint, from - (from % minute), now), verdict } };
      drifts.set(endpoint, look);
      return look;
    },
    async performance(endpoint, windowMinutes, now) {
      const last = performances.get(endpoint);
      const lasts = Math.min(performanceMilliseconds.most, Math.max(performanceMilliseconds.least, (windowMinutes * minute) / partOfWindow));
      const isRecent = last !== undefined && last.windowMinutes === windowMinutes && now - last.at < lasts;
      if (isRecent && last.seen.isComplete && last.at > (sources.labelledAt(endpoint) ?? 0)) {
        return last;
      }
      const look = { at: now, windowMinutes, seen: await sources.performance(endpoint, now - windowMinutes * minute, now, 1) };
      performances.set(endpoint, look);
      return look;
    },
    last: (endpoint) => ({ drift: drifts.get(endpoint), performance: performances.get(endpoint) }),
    keep(endpoints) {
      const kept = new Set(endpoints);
      for (const looks of [drifts, performances]) {
        [...looks.keys()].filter((name) => !kept.has(name)).forEach((name) => looks.delete(name));
      }
    },
  };
}
