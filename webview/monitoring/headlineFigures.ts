import type { Monitoring, TrafficWindow } from '../../server/contract/monitoring.ts';

export interface HeadlineFigures {
  readonly total: TrafficWindow;
  /** Requests of the span that are in no figure because other releases got them. */
  readonly elsewhere: number;
  /** Requests that no replica could answer. */
  readonly unserved: number;
}

/**
 * The figures that one looks at first: those of the release that is live, because what others answered or failed to answer in the span
 * says nothing about it. Of all traffic where nothing is live.
 */
export function headlineFigures(data: Monitoring, liveRelease: string | undefined): HeadlineFigures {
  const { total, releases } = data;
  const served = releases.reduce((sum, release) => sum + release.total.requests, 0);
  const unserved = Math.max(0, total.requests - served);
  if (liveRelease === undefined) {
    return { total, elsewhere: 0, unserved };
  }
  const live = releases.find(({ release }) => release === liveRelease);
  const of = live?.total ?? { ...total, requests: 0, clientErrors: 0, serverErrors: 0, rows: 0, unreadBodies: 0, latency: null, lost: null };
  return { total: of, elsewhere: served - of.requests, unserved };
}

/** Whether there were requests, logged or not. */
export function hasTraffic({ total }: Monitoring): boolean {
  return total.requests > 0 || total.lost !== null;
}
