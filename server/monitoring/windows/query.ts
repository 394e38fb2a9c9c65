import type { Monitoring, TrafficWindow } from '../../contract/monitoring.ts';
import { LatencySketch } from '../../gateway/latencySketch.ts';
import { windowSpan } from './accumulate.ts';
import type { Baseline } from '../baseline.ts';
import { emptyColumn, mergeColumn, summarizeColumn, type Column } from '../columns/column.ts';
import type { ProfiledRelease } from './profiles.ts';
import type { TrafficRow, WindowTable } from './windowTable.ts';

export interface MonitoringQuery {
  readonly endpoint: string;
  /** Epoch milliseconds; widened to whole minutes. */
  readonly from: number;
  readonly to: number;
  /** One release alone. */
  readonly release: string | undefined;
  /** The release whose baseline is shown; live values are counted in its bins. */
  readonly reference: string | undefined;
  readonly windows: number;
}

export type MonitoringFigures = Omit<Monitoring, 'log'>;

const noBaseline: Baseline = { source: 'none', features: new Map(), prediction: undefined };

/** Reads the statistics of a span. */
export function queryMonitoring(table: WindowTable, query: MonitoringQuery, profile: ProfiledRelease | undefined): MonitoringFigures {
  const from = query.from - (query.from % windowSpan);
  const to = Math.max(from + windowSpan, Math.ceil(query.to / windowSpan) * windowSpan);
  const all = table.traffic(query.endpoint, from, to);
  const rows = query.release === undefined ? all : all.filter(({ release }) => release === query.release);
  const releases = [...new Set(rows.map(({ release }) => release))];
  const baseline = profile?.baseline ?? noBaseline;
  const live = collectColumns(table, query.endpoint, releases, from, to, baseline);
  return {
    endpoint: query.endpoint,
    from,
    to,
    total: sumWindows(rows, from, to),
    windows: divide(rows, from, to, query.windows),
    releases: releases.filter((release) => release !== '').map((release) => ({ release, total: sumWindows(rows.filter((row) => row.release === release), from, to) })),
    features: describeFeatures(profile, baseline, live.features),
    predictions: { baseline: summarizeOr(baseline.prediction), live: summarizeOr(live.prediction) },
    baselineSource: baseline.source,
  };
}

function summarizeOr(column: Column | undefined): ReturnType<typeof summarizeColumn> | null {
  return column === undefined ? null : summarizeColumn(column);
}

function sumWindows(rows: readonly TrafficRow[], from: number, to: number): TrafficWindow {
  const latency = new LatencySketch();
  const sum = { requests: 0, clientErrors: 0, serverErrors: 0, rows: 0, unreadBodies: 0 };
  for (const row of rows) {
    sum.requests += row.requests;
    sum.clientErrors += row.clientErrors;
    sum.serverErrors += row.serverErrors;
    sum.rows += row.rows;
    sum.unreadBodies += row.unreadBodies;
    latency.addStored(row.latency.store());
  }
  const milliseconds = (q: number): number => (latency.quantile(q) ?? 0) / 1000;
  return {
    from,
    to,
    ...sum,
    latency: latency.count === 0 ? null : { p50: milliseconds(0.5), p90: milliseconds(0.9), p99: milliseconds(0.99), max: latency.max / 1000 },
  };
}

/** Windows of equal length, whole minutes each, without gaps. */
function divide(rows: readonly TrafficRow[], from: number, to: number, most: number): TrafficWindow[] {
  const length = Math.ceil((to - from) / windowSpan / most) * windowSpan;
  const groups = new Map<number, TrafficRow[]>();
  for (const row of rows) {
    const index = Math.floor((row.at - from) / length);
    groups.set(index, [...(groups.get(index) ?? []), row]);
  }
  return Array.from({ length: Math.ceil((to - from) / length) }, (_, index) => {
    const start = from + index * length;
    return sumWindows(groups.get(index) ?? [], start, Math.min(to, start + length));
  });
}

interface LiveColumns {
  readonly features: ReadonlyMap<string, Column>;
  readonly prediction: Column | undefined;
}

function collectColumns(table: WindowTable, endpoint: string, releases: readonly string[], from: number, to: number, baseline: Baseline): LiveColumns {
  const features = new Map<string, Column>();
  let prediction: Column | undefined;
  for (const release of releases) {
    for (const { role, name, column } of table.columns(endpoint, release, from, to)) {
      if (role === 'feature') {
        const known = features.get(name) ?? emptyLike(column, baseline.features.get(name));
        mergeColumn(known, column);
        features.set(name, known);
      } else {
        prediction ??= emptyLike(column, baseline.prediction);
        mergeColumn(prediction, column);
      }
    }
  }
  return { features, prediction };
}

/** An empty column with the baseline's bins where it has them, else with the live ones. */
function emptyLike(column: Column, baseline: Column | undefined): Column {
  const kind = baseline?.kind ?? column.kind;
  const histogram = baseline?.kind === 'numeric' ? baseline.histogram : column.kind === 'numeric' ? column.histogram : null;
  return emptyColumn(kind, histogram?.grid);
}

function describeFeatures(profile: ProfiledRelease | undefined, baseline: Baseline, live: ReadonlyMap<string, Column>): Monitoring['features'] {
  const types = new Map((profile?.inputs ?? []).map(({ name, type }) => [name, type]));
  const names = [...new Set([...types.keys(), ...live.keys()])];
  return names.map((name) => ({
    name,
    type: types.get(name) ?? 'unknown',
    baseline: summarizeOr(baseline.features.get(name)),
    live: summarizeOr(live.get(name)),
  }));
}
