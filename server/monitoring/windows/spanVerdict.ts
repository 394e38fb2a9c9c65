import type { DescribedBaseline } from '../../contract/baselines.ts';
import type { Monitoring, TrafficWindow, Verdict } from '../../contract/monitoring.ts';
import type { Baseline } from '../baseline.ts';
import { emptyLike, mergeColumn, type Column } from '../columns/column.ts';
import type { ColumnSpec } from '../columns/columnSpec.ts';
import type { WatchedColumn } from '../verdict/alarms.ts';
import { reachVerdict } from '../verdict/verdict.ts';
import type { LiveColumns, Watched } from './liveColumns.ts';
import type { WindowTable } from './windowTable.ts';

interface Span {
  readonly table: WindowTable;
  readonly query: Watched;
  readonly from: number;
  readonly inputs: readonly ColumnSpec[];
  readonly baseline: Baseline;
  readonly live: LiveColumns;
  readonly features: Monitoring['features'];
  readonly total: TrafficWindow;
  readonly withoutBaseline: string;
  readonly described: DescribedBaseline | undefined;
}

function isOfTraining({ origin }: DescribedBaseline): boolean {
  return origin.kind === 'training-rows' || origin.kind === 'training-files';
}

/** How one gets a baseline. */
const getsBaseline = "name the CSV file that is trained on in a captured notebook's cell, or by its whole path in mlflow.log_input, and deploy the version of that run, or choose one with slipway baseline";

/** The verdict of a span: features beside the training data, answers beside the first ones of the same release. */
export function verdictOfSpan({ table, query, from, inputs, baseline, live, features, total, withoutBaseline, described }: Span): Verdict {
  const tensors = new Set(inputs.filter(({ shape }) => shape !== undefined).map(({ name }) => name));
  const watched = [...baseline.features].flatMap(([name, column]): WatchedColumn[] => {
    const whole = live.ofReference.get(name);
    return whole === undefined || tensors.has(name) ? [] : [{ name, baseline: column, whole, parts: live.parts.flatMap((part) => part.features.get(name) ?? []) }];
  });
  return reachVerdict({
    features: watched,
    prediction: watchedPrediction(table, query, from, live),
    partStarts: live.partStarts,
    findings: features.map(({ name, findings }) => ({ feature: name, findings: findings ?? [] })),
    total,
    reference: described === undefined || isOfTraining(described) ? 'training' : 'the baseline',
    withoutFeatures:
      baseline.source !== 'training-data' ? `${withoutBaseline}; to get one, ${getsBaseline}` : live.ofReference.size === 0 ? 'no rows of the live release in this span' : 'tensors are not compared',
  });
}

/** Answers that are compared with, at most, and at least. */
const enoughAnswers = 2000;
const fewestAnswers = 200;

/** The answers of the span beside the release's first ones: the labels of the training data are not what a model answers. */
function watchedPrediction(table: WindowTable, { endpoint, reference }: Watched, from: number, live: LiveColumns): WatchedColumn | { readonly reason: string } {
  const whole = live.predictionOfReference;
  if (reference === undefined || whole === undefined) {
    return { reason: 'no answers of the live release in this span' };
  }
  let earlier: Column | undefined;
  for (const column of table.predictions(endpoint, reference, from)) {
    earlier ??= emptyLike(column, enoughAnswers);
    mergeColumn(earlier, column);
    if ((earlier.kind === 'numeric' ? earlier.sample.size : earlier.count) >= enoughAnswers) {
      break;
    }
  }
  return earlier === undefined || earlier.count < fewestAnswers
    ? { reason: `${earlier?.count ?? 0} answers before this span, and ${fewestAnswers} are needed to compare with` }
    : { name: 'prediction', baseline: earlier, whole, parts: live.parts.flatMap(({ prediction }) => prediction ?? []) };
}
