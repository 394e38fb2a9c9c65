import { LatencySketch } from '../../gateway/latencySketch.ts';
import type { TrafficRow, WindowTable } from './windowTable.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** What a release did in its first day is read again so often while that goes on. */
const youngMilliseconds = minute;
/** What releases changed is read for so long in one answer; the others have it in the next. */
const budgetMilliseconds = 250;

/** An endpoint with the release that is live and the one before it. */
export interface FleetEndpoint {
  readonly endpoint: string;
  readonly live: { readonly release: string; readonly from: number } | undefined;
  readonly before: { readonly release: string } | undefined;
}

export interface FleetTrafficInput {
  readonly endpoints: readonly FleetEndpoint[];
}

/** Requests over some time; latencies in milliseconds at the gateway, null without requests. */
interface Figures {
  readonly from: number;
  readonly to: number;
  readonly requests: number;
  readonly serverErrors: number;
  readonly clientErrors: number;
  readonly lost: number;
  readonly p50: number | null;
  readonly p99: number | null;
}

export interface FleetTraffic {
  readonly endpoint: string;
  /** Of all releases, of the last hour. */
  readonly hour: Figures;
  /** Beginning of the last window; null where there is none. */
  readonly lastAt: number | null;
  /** The first day of the live release beside the last day of the one before. */
  readonly change: { readonly before: Figures; readonly after: Figures } | null;
}

interface KnownChange {
  readonly key: string;
  readonly before: Figures;
  readonly after: Figures;
  readonly readAt: number;
}

/** Traffic of many endpoints from their windows. What does not change any more is read once. */
export function createFleetTraffic(table: Pick<WindowTable, 'traffic' | 'lastAt'>): (input: FleetTrafficInput, now: number) => FleetTraffic[] {
  const changes = new Map<string, KnownChange>();
  const ofRelease = (endpoint: string, release: string, from: number, to: number): Figures =>
    // Windows of more than two days ago are hours.
    figuresOf(table.traffic(endpoint, from - (from % hour), to, hour).filter((row) => row.release === release), from, to);
  const changeOf = ({ endpoint, live, before }: FleetEndpoint, now: number, isLate: boolean): FleetTraffic['change'] => {
    if (live === undefined || before === undefined) {
      return null;
    }
    const key = `${live.release} ${live.from} ${before.release}`;
    const last = changes.get(endpoint);
    const known = last?.key === key ? last : undefined;
    const isDone = known !== undefined && known.after.to >= live.from + day;
    if (isLate || (known !== undefined && (isDone || now - known.readAt < youngMilliseconds))) {
      return known ?? null;
    }
    const read = {
      key,
      before: known?.before ?? ofRelease(endpoint, before.release, live.from - day, live.from),
      after: ofRelease(endpoint, live.release, live.from, Math.min(now, live.from + day)),
      readAt: now,
    };
    changes.set(endpoint, read);
    return read;
  };
  return ({ endpoints }, now) => {
    const until = performance.now() + budgetMilliseconds;
    return endpoints.map((each) => {
      const change = changeOf(each, now, performance.now() > until);
      return {
        endpoint: each.endpoint,
        hour: figuresOf(table.traffic(each.endpoint, now - hour, now), now - hour, now),
        lastAt: table.lastAt(each.endpoint),
        change: change === null ? null : { before: change.before, after: change.after },
      };
    });
  };
}

function figuresOf(rows: readonly TrafficRow[], from: number, to: number): Figures {
  const latency = new LatencySketch();
  const sum = { requests: 0, serverErrors: 0, clientErrors: 0, lost: 0 };
  for (const row of rows) {
    sum.requests += row.requests;
    sum.serverErrors += row.serverErrors;
    sum.clientErrors += row.clientErrors;
    sum.lost += row.lost?.requests ?? 0;
    latency.addSketch(row.latency);
  }
  const milliseconds = (q: number): number | null => {
    const found = latency.quantile(q);
    return found === undefined ? null : found / 1000;
  };
  return { from, to, ...sum, p50: milliseconds(0.5), p99: milliseconds(0.99) };
}
