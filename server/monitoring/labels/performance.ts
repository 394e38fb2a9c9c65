import type { PerformancePart } from '../../contract/performance.ts';
import { evaluate, type AnswerForm, type LabelledRow } from './evaluate.ts';
import type { LabelledRelease, PerformanceFigures, PerformanceInput } from './labelMessages.ts';
import type { LabelTable } from './labelTable.ts';
import type { PredictionTable } from './predictionTable.ts';

const unknownForm: AnswerForm = { answers: 'unknown', threshold: 0.5 };
const hour = 3_600_000;

/** Predictions of one window, release or span, while they are gathered. */
class Part {
  predictions = 0;
  unknown = 0;
  readonly rows: LabelledRow[] = [];

  figures(): PerformancePart {
    return { predictions: this.predictions, unknown: this.unknown, labelled: this.rows.length, evaluation: evaluate(this.rows) };
  }
}

/** Metrics of an endpoint's predictions over a span, in total, by window and by release. Windows are of one length and begin with the span. */
export function performanceOf(
  labels: LabelTable,
  predictions: PredictionTable,
  { endpoint, from, to, windows, releases }: PerformanceInput & { readonly releases: Readonly<Record<string, LabelledRelease>> },
): PerformanceFigures {
  const id = labels.find(endpoint);
  const total = new Part();
  if (id === undefined) {
    return { endpoint, from, to, total: total.figures(), windows: [], releases: [], labels: { current: 0, replaced: 0, lastReceivedAt: null, keyColumns: [] }, delay: null };
  }
  const length = Math.ceil((to - from) / windows);
  const byWindow = new Map<number, Part>();
  const byRelease = new Map<string, Part>();
  const delays: number[] = [];
  const partOf = <Key>(parts: Map<Key, Part>, key: Key): Part => {
    const part = parts.get(key) ?? new Part();
    parts.set(key, part);
    return part;
  };
  for (const { at, release, prediction, score, label, receivedAt } of predictions.joined(id, from, to)) {
    const parts = [total, partOf(byWindow, from + Math.floor((at - from) / length) * length), partOf(byRelease, release)];
    const row = prediction === null || label === null ? undefined : { label, prediction, score, form: releases[release]?.form ?? unknownForm };
    for (const part of parts) {
      part.predictions += 1;
      part.unknown += prediction === null ? 1 : 0;
      if (row !== undefined) {
        part.rows.push(row);
      }
    }
    if (row !== undefined && receivedAt !== null) {
      // A label can be known, and sent, before the prediction is made.
      delays.push(Math.max(0, receivedAt - at) / hour);
    }
  }
  return {
    endpoint,
    from,
    to,
    total: total.figures(),
    windows: [...byWindow].map(([start, part]) => ({ from: start, to: Math.min(to, start + length), part: part.figures() })),
    releases: [...byRelease].map(([release, part]) => ({ release, ...versionOf(releases[release]), part: part.figures() })),
    labels: { ...labels.totals(id), keyColumns: [...labels.keyColumns(id).keys()] },
    delay: delayOf(delays),
  };
}

function versionOf(release: LabelledRelease | undefined): { readonly modelVersion?: number } {
  return release?.version === undefined ? {} : { modelVersion: release.version };
}

function delayOf(delays: number[]): PerformanceFigures['delay'] {
  const sorted = Float64Array.from(delays).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return sorted.length === 0 ? null : { p50: at(0.5), p90: at(0.9) };
}
