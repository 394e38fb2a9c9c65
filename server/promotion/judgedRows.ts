import { metricFacts, type Evaluation, type MetricFigure, type MetricId } from '../contract/performance.ts';
import { formatNumber } from '../contract/format/numbers.ts';
import { evaluate, type AnswerForm, type LabelledRow } from '../monitoring/labels/evaluate.ts';
import type { LabelValue } from '../monitoring/labels/labelValue.ts';

/** What a release answers to the evaluation rows. */
export interface Answers {
  readonly form: AnswerForm;
  /** One a row. */
  readonly predictions: readonly LabelValue[];
}

/** Rows with labels, and what the candidate and the live release answer to them. */
export interface JudgedRows {
  readonly columns: ReadonlyMap<string, readonly string[]>;
  readonly labels: readonly LabelValue[];
  readonly candidate: Answers;
  /** Absent where there is no live release, or why it could not be asked. */
  readonly live: Answers | string;
  /** What the candidate answers to other rows of the same columns, or what it does instead. @throws Problem where it cannot be asked */
  readonly ask: (columns: JudgedRows['columns']) => Promise<Answers | string>;
}

/** Some rows with their answers, as they are evaluated. */
export function labelled({ labels }: Pick<JudgedRows, 'labels'>, { form, predictions }: Answers, only?: readonly number[]): LabelledRow[] {
  const indices = only ?? labels.keys();
  return [...indices].flatMap((row) => {
    const [label, prediction] = [labels[row], predictions[row]];
    return label === undefined || prediction === undefined ? [] : [{ label, prediction, score: null, form }];
  });
}

/** A metric of some rows, or why it has no value. */
export function measure(rows: readonly LabelledRow[], metric: MetricId): (MetricFigure & { readonly value: number }) | string {
  const evaluation: Evaluation = evaluate(rows);
  if (evaluation.kind === 'not-evaluated') {
    return evaluation.reason;
  }
  const figure = evaluation.metrics.find((each) => each.metric === metric);
  if (figure?.value === undefined || figure.value === null) {
    return figure?.reason ?? `${metricFacts[metric].label} is no metric of such a model`;
  }
  return { ...figure, value: figure.value };
}

/** `Accuracy 0.912 (95 % 0.89 to 0.93, 400 rows)`. */
export function describeFigure(metric: MetricId, { value, interval }: Pick<MetricFigure, 'interval'> & { readonly value: number }, rows: number): string {
  const span = interval === undefined ? '' : `95 % ${formatNumber(interval.low)} to ${formatNumber(interval.high)}, `;
  return `${metricFacts[metric].label} ${formatNumber(value)} (${span}${rows} rows)`;
}

/** How a value lies outside of bounds; undefined where it lies within. */
export function beyond(value: number, { minimum, maximum }: { readonly minimum?: number | undefined; readonly maximum?: number | undefined }): string | undefined {
  return minimum !== undefined && value < minimum ? `at least ${formatNumber(minimum)} is asked for` : maximum !== undefined && value > maximum ? `at most ${formatNumber(maximum)} is asked for` : undefined;
}
