import { LatencySketch } from '../gateway/latencySketch.ts';
import type { WindowTable } from './windows/windowTable.ts';

/** Traffic of an endpoint over some time, of all its releases together, without its columns. */
export interface TrafficFigures {
  readonly requests: number;
  /** Answers with status 500 and above, of a model that raised, and requests without a replica. */
  readonly serverErrors: number;
  /** Answered and not in the log. */
  readonly lost: number;
  /** Latency at the gateway in milliseconds; undefined without requests. */
  readonly p99: number | undefined;
}

/** @param from and `to` in epoch milliseconds: windows that begin in between */
export function trafficFigures(windows: Pick<WindowTable, 'traffic'>, endpoint: string, from: number, to: number): TrafficFigures {
  const latency = new LatencySketch();
  const sum = { requests: 0, serverErrors: 0, lost: 0 };
  for (const row of windows.traffic(endpoint, from, to)) {
    sum.requests += row.requests;
    sum.serverErrors += row.serverErrors;
    sum.lost += row.lost?.requests ?? 0;
    latency.addSketch(row.latency);
  }
  const p99 = latency.quantile(0.99);
  return { ...sum, p99: p99 === undefined ? undefined : p99 / 1000 };
}
