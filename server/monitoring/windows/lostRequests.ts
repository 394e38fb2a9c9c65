import type { LogGap } from '../../gateway/logLosses.ts';
import type { TrafficWindow } from '../../contract/monitoring.ts';

/** Requests that were answered and are not in the log; null where there are none. */
export type Lost = TrafficWindow['lost'];

/** All that are in one or the other, without a time in which the log was whole being left out of the span. */
export function addLost(one: Lost, other: Lost): Lost {
  if (one === null || other === null) {
    return one ?? other;
  }
  return { requests: one.requests + other.requests, from: Math.min(one.from, other.from), to: Math.max(one.to, other.to) };
}

export function lostOf({ requests, from, to }: LogGap): NonNullable<Lost> {
  return { requests, from, to };
}
