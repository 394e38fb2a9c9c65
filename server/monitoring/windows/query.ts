import type { DriftFigure, Monitoring, TrafficWindow } from '../../contract/monitoring.ts';
import { LatencySketch } from '../../gateway/latencySketch.ts';
import { describeBaseline } from '../../contract/format/drift.ts';
import type { LogGap } from '../../gateway/logLosses.ts';
import { rowsOf, type Baseline } from '../baseline.ts';
import { summarizeColumn, type Column } from '../columns/column.ts';
import type { ColumnSpec } from '../columns/columnSpec.ts';
import { evidentlyDefault } from '../drift/evidentlyDefault.ts';
import { measureDrift } from '../drift/measureDrift.ts';
import { findingsOf } from '../verdict/findings.ts';
import { collectColumns, mergeInSameBins, type LiveColumns } from './liveColumns.ts';
import { readingOf, type SpanReading } from './levels.ts';
import { addLost, type Lost } from './lostRequests.ts';
import type { ProfiledRelease } from './profiles.ts';
import { rowOfGap } from './rowOfGap.ts';
import { verdictOfSpan } from './spanVerdict.ts';
import type { TrafficRow, WindowTable } from './windowTable.ts';

export interface MonitoringQuery {
  readonly endpoint: string;
  /** Epoch milliseconds; widened to whole windows of the length that is read: minutes for spans of up to three hours. */
  readonly from: number;
  readonly to: number;
  /** One release alone. */
  readonly release: string | undefined;
  /** The release whose baseline is shown; live values are counted in its bins. */
  readonly reference: string | undefined;
  readonly windows: number;
  /** What is missing in the log and not said by it yet. */
  readonly gaps: readonly LogGap[];
}

export type MonitoringFigures = Omit<Monitoring, 'log'>;

const noReference: Baseline = { source: 'none', features: new Map(), prediction: undefined };

/** An input example is named, and no baseline. */
function describeReference(reference: Baseline, inputs: readonly ColumnSpec[]): Pick<Monitoring, 'baselineSource' | 'exampleRows'> {
  switch (reference.source) {
    case 'training-data':
      return { baselineSource: 'training-data' };
    case 'input-example': {
      const exampleRows = rowsOf(reference, inputs);
      return { baselineSource: 'none', ...(exampleRows === undefined ? {} : { exampleRows }) };
    }
    case 'none':
      return { baselineSource: 'none' };
  }
}

export interface DriftQuery extends Pick<MonitoringQuery, 'endpoint' | 'from' | 'to' | 'reference'> {
  readonly feature: string;
}

export interface DriftAnswer {
  readonly drift: DriftFigure[];
  readonly evidentlyDefault: string | null;
}

const wholeTypes = /^(?:integer|long|u?int\d+)$/;

/** What every method says of one feature of the span; undefined where neither the model nor its traffic has it. */
export function queryDrift(table: WindowTable, query: DriftQuery, profile: ProfiledRelease | undefined): DriftAnswer | undefined {
  const { from, to, columns: longest } = readingOf(query);
  const reference = profile?.baseline ?? noReference;
  const baseline = reference.source === 'training-data' ? reference.features.get(query.feature) : undefined;
  const spec = profile?.inputs.find(({ name }) => name === query.feature);
  const live = new Map<string, Column>();
  for (const { column } of query.reference === undefined ? [] : table.columns({ endpoint: query.endpoint, release: query.reference, from, to, longest }, query.feature)) {
    mergeInSameBins(live, query.feature, column);
  }
  const window = live.get(query.feature);
  const kind = spec?.kind ?? window?.kind;
  if (kind === undefined) {
    return undefined;
  }
  const withoutBaseline = describeBaseline(describeReference(reference, profile?.inputs ?? []));
  return {
    drift: measureDrift({ kind, isWhole: wholeTypes.test(spec?.type ?? ''), baseline, window, withoutBaseline }, 'all'),
    evidentlyDefault: baseline === undefined || window === undefined ? null : (evidentlyDefault(baseline, window) ?? null),
  };
}

/** Reads the statistics of a span. */
export function queryMonitoring(table: WindowTable, query: MonitoringQuery, profile: ProfiledRelease | undefined): MonitoringFigures {
  const reading = readingOf(query);
  const { from, to, ends } = reading;
  const all = [...table.traffic(query.endpoint, from, to, ends), ...query.gaps.filter((gap) => gap.from >= from && gap.from < to).map(rowOfGap)];
  const rows = query.release === undefined ? all : all.filter(({ release }) => release === query.release);
  const releases = [...new Set(rows.map(({ release }) => release))];
  const reference = profile?.baseline ?? noReference;
  const baseline = reference.source === 'training-data' ? reference : noReference;
  const inputs = profile?.inputs ?? [];
  const compared = describeReference(reference, inputs);
  const live = collectColumns(table, query, releases, { baseline: reference, reading });
  const withoutBaseline = describeBaseline(compared);
  const features = describeFeatures({ profile, baseline, live, withoutBaseline });
  const total = sumWindows(rows, from, to);
  return {
    endpoint: query.endpoint,
    from,
    to,
    total,
    windows: divide(rows, reading, query.windows),
    releases: releases.filter((release) => release !== '').map((release) => ({ release, total: sumWindows(rows.filter((row) => row.release === release), from, to) })),
    features,
    predictions: { baseline: summarizeOr(baseline.prediction), live: summarizeOr(live.prediction) },
    ...compared,
    ...(baseline.source === 'training-data' && profile?.described !== undefined ? { baseline: profile.described } : {}),
    verdict: verdictOfSpan({ table, query, from, inputs, baseline, live, features, total, withoutBaseline, described: profile?.described }),
    driftCovers: coveredBy(query.reference, rowsOf({ features: live.ofReference }, inputs), all),
  };
}

function summarizeOr(column: Column | undefined): ReturnType<typeof summarizeColumn> | null {
  return column === undefined ? null : summarizeColumn(column);
}

function sumWindows(rows: readonly TrafficRow[], from: number, to: number): TrafficWindow {
  const latency = new LatencySketch();
  const sum = { requests: 0, clientErrors: 0, serverErrors: 0, rows: 0, unreadBodies: 0 };
  let lost: Lost = null;
  for (const row of rows) {
    sum.requests += row.requests;
    sum.clientErrors += row.clientErrors;
    sum.serverErrors += row.serverErrors;
    sum.rows += row.rows;
    sum.unreadBodies += row.unreadBodies;
    latency.addSketch(row.latency);
    lost = addLost(lost, row.lost);
  }
  const milliseconds = (q: number): number => (latency.quantile(q) ?? 0) / 1000;
  return {
    from,
    to,
    ...sum,
    latency: latency.count === 0 ? null : { p50: milliseconds(0.5), p90: milliseconds(0.9), p99: milliseconds(0.99), max: latency.max / 1000 },
    lost,
  };
}

/** Windows of equal length, whole ones of those that are read each, without gaps. */
function divide(rows: readonly TrafficRow[], { from, to, ends }: SpanReading, most: number): TrafficWindow[] {
  const length = Math.ceil((to - from) / ends / most) * ends;
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

/** What the windows of one release cover in the span: rows whose values were read. */
function coveredBy(release: string | undefined, rows: number | undefined, windows: readonly TrafficRow[]): Monitoring['driftCovers'] {
  const own = windows.filter((row) => row.release === release);
  if (release === undefined || rows === undefined || rows === 0) {
    return null;
  }
  return { release, rows, from: Math.min(...own.map(({ at }) => at)), to: Math.max(...own.map(({ at, span }) => at + span)) };
}

interface Described {
  readonly profile: ProfiledRelease | undefined;
  readonly baseline: Baseline;
  readonly live: LiveColumns;
  readonly withoutBaseline: string;
}

function describeFeatures({ profile, baseline, live, withoutBaseline }: Described): Monitoring['features'] {
  const specs = new Map((profile?.inputs ?? []).map((spec) => [spec.name, spec]));
  const names = [...new Set([...specs.keys(), ...live.features.keys()])];
  return names.map((name) => {
    const spec = specs.get(name);
    const [before, now] = [baseline.features.get(name), live.features.get(name)];
    const kind = spec?.kind ?? now?.kind;
    const example = profile?.example.get(name);
    return {
      name,
      type: spec?.type ?? 'unknown',
      ...(spec?.shape === undefined ? {} : { tensor: { shape: [...spec.shape], isNamed: spec.isUnnamed !== true } }),
      baseline: summarizeOr(before),
      live: summarizeOr(now),
      drift: kind === undefined ? [] : measureDrift({ kind, isWhole: wholeTypes.test(spec?.type ?? ''), baseline: before, window: live.ofReference.get(name), withoutBaseline }, 'counts'),
      findings: findingsOf(before, live.ofReference.get(name) ?? (before === undefined ? now : undefined)),
      ...(example === undefined ? {} : { example }),
    };
  });
}
