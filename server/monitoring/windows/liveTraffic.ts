import type { LiveTraffic } from '../../contract/timeline.ts';
import { LatencySketch } from '../../gateway/latencySketch.ts';
import type { LogGap } from '../../gateway/logLosses.ts';
import { windowSpan } from './accumulate.ts';
import { rowOfGap } from './rowOfGap.ts';
import type { TrafficRow, WindowTable } from './windowTable.ts';

const hour = 3_600_000;
const recentMilliseconds = 300_000;
/** Windows that begin earlier do not change any more, but for what comes late. */
const settlingMilliseconds = 600_000;
/** What they come to is read again so often. */
const keptMilliseconds = 600_000;

/** A time in which a release was live, in epoch milliseconds; without an end it goes on. */
interface LiveSpan {
  readonly release: string;
  readonly from: number;
  readonly until: number | undefined;
}

export interface LiveTrafficInput {
  readonly endpoint: string;
  /** All of the endpoint. */
  readonly spans: readonly LiveSpan[];
}

export interface LiveTrafficQuery extends LiveTrafficInput {
  /** What is missing in the log and not said by it yet. */
  readonly gaps: readonly LogGap[];
}

export interface LiveTrafficAnswer {
  /** In the order of the spans. */
  readonly spans: readonly LiveTraffic[];
  /** The last five minutes of the span that goes on; undefined where none does. */
  readonly recent: LiveTraffic | undefined;
}

/** What has been counted of one span. */
interface Count {
  from: number;
  to: number;
  requests: number;
  serverErrors: number;
  clientErrors: number;
  unreached: number;
  lost: number;
  readonly latency: LatencySketch;
}

/** What was counted of the windows that begin before `until`. */
interface Known {
  readonly key: string;
  readonly until: number;
  readonly readAt: number;
  readonly counts: readonly Count[];
}

/**
 * Traffic of each time in which a release was live, by the rules of {@link LiveTraffic}. What is older than some minutes is read again when the
 * history has changed, and else once in ten minutes, for what comes late.
 */
export function createLiveTraffic(table: Pick<WindowTable, 'traffic'>): (query: LiveTrafficQuery, now: number) => LiveTrafficAnswer {
  const known = new Map<string, Known>();
  const before = ({ endpoint, spans }: LiveTrafficInput, now: number): Known => {
    const key = spans.map(({ release, from, until }) => `${release} ${from} ${until}`).join('\n');
    const last = known.get(endpoint);
    if (last?.key === key && now - last.readAt < keptMilliseconds) {
      return last;
    }
    const first = spans.reduce((earliest, { from }) => Math.min(earliest, from), now);
    const settled = now - settlingMilliseconds;
    // Windows of more than two days ago are hours.
    const until = settled - (settled % hour);
    const counts = spans.map((span) => emptyCount(startOfMinute(span.from), span.until === undefined ? now : Math.min(now, Math.ceil(span.until / windowSpan) * windowSpan)));
    const spanOf = spanFinder(spans, now);
    for (const row of table.traffic(endpoint, first - (first % hour), until)) {
      count(counts[spanOf(row)], row, now);
    }
    const read = { key, until, readAt: now, counts };
    known.set(endpoint, read);
    return read;
  };
  return (query, now) => {
    const { endpoint, spans, gaps } = query;
    const { until, counts: counted } = before(query, now);
    const counts = counted.map(copyOf);
    const spanOf = spanFinder(spans, now);
    const live = spans.findIndex((span) => span.until === undefined);
    const since = startOfMinute(Math.max(spans[live]?.from ?? now, now - recentMilliseconds));
    const recent = emptyCount(since, now);
    for (const row of [...table.traffic(endpoint, until, now), ...gaps.map(rowOfGap)]) {
      const span = spanOf(row);
      count(counts[span], row, now);
      if (span === live && row.at >= since) {
        count(recent, row, now);
      }
    }
    const liveCount = counts[live];
    if (liveCount !== undefined) {
      liveCount.to = now;
    }
    return { spans: counts.map(trafficOf), recent: liveCount === undefined ? undefined : trafficOf(recent) };
  };
}

function startOfMinute(at: number): number {
  return at - (at % windowSpan);
}

/** Finds the place of the span that a window belongs to: that of its release which it shares most with, and of any for what no release got; -1 where there is none. */
function spanFinder(spans: readonly LiveSpan[], now: number): (row: TrafficRow) => number {
  return (row) => {
    let best = -1;
    let most = 0;
    for (const [place, { release, from, until }] of spans.entries()) {
      const shared = row.release === '' || row.release === release ? Math.min(until ?? now, row.at + row.span) - Math.max(from, row.at) : 0;
      if (shared > most) {
        [best, most] = [place, shared];
      }
    }
    return best;
  };
}

function emptyCount(from: number, to: number): Count {
  return { from, to, requests: 0, serverErrors: 0, clientErrors: 0, unreached: 0, lost: 0, latency: new LatencySketch() };
}

function copyOf(one: Count): Count {
  const latency = new LatencySketch();
  latency.addSketch(one.latency);
  return { ...one, latency };
}

/** Adds a window; nothing where it belongs to no span. */
function count(into: Count | undefined, row: TrafficRow, now: number): void {
  if (into === undefined) {
    return;
  }
  into.from = Math.min(into.from, row.at);
  into.to = Math.max(into.to, Math.min(row.at + row.span, now));
  into.lost += row.lost?.requests ?? 0;
  if (row.release === '') {
    into.unreached += row.requests;
    return;
  }
  into.requests += row.requests;
  into.serverErrors += row.serverErrors;
  into.clientErrors += row.clientErrors;
  into.latency.addSketch(row.latency);
}

function trafficOf({ latency, ...counted }: Count): LiveTraffic {
  const p99 = latency.quantile(0.99);
  return { ...counted, p99: p99 === undefined ? null : p99 / 1000 };
}
