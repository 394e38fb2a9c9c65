import type { Evaluation } from '../../contract/performance.ts';
import { compareLabels, type LabelValue } from './labelValue.ts';
import { binaryMetrics, multiclassMetrics } from './metrics/classes.ts';
import { probabilityMetrics } from './metrics/probabilities.ts';
import { auc } from './metrics/ranking.ts';
import { regressionMetrics } from './metrics/regression.ts';

/** How a release answers, where its signature and serving config say. */
export interface AnswerForm {
  /** `scores`: the probability of the second of two classes. */
  readonly answers: 'classes' | 'numbers' | 'scores' | 'unknown';
  /** From which score on the second of two classes is meant. */
  readonly threshold: number;
}

/** A prediction with its label. */
export interface LabelledRow {
  readonly label: LabelValue;
  readonly prediction: LabelValue;
  /** The probability by which the release decides, where the log has it. */
  readonly score: number | null;
  readonly form: AnswerForm;
}

/** With more whole numbers than this it is a count, not a class. */
const mostNumericClasses = 50;
const mostClasses = 1000;

/**
 * Compares predictions with their labels. They are classes where the release answers classes or scores, or labels are texts; numbers of a release
 * without signature are classes when all are whole and few, and scores when all lie within 0 and 1 and the labels are 0 and 1.
 *
 * Of two classes the second in order is the positive one, as in scikit-learn's `classes_`: 1 of 0 and 1, `yes` of `no` and `yes`.
 */
export function evaluate(rows: readonly LabelledRow[]): Evaluation {
  if (rows.length === 0) {
    return { kind: 'not-evaluated', reason: 'no prediction has a label' };
  }
  const labels = distinct(rows.map(({ label }) => label));
  const withScores = rows.some(({ prediction, form }) => form.answers === 'scores' || (typeof prediction === 'number' && !Number.isInteger(prediction))) ? rows.filter(isScore) : [];
  if (withScores.length === rows.length && labels.length <= 2) {
    return byScores(rows, labels);
  }
  if (withScores.length > 0 && rows.some(({ form }) => form.answers === 'classes')) {
    return { kind: 'not-evaluated', reason: 'some releases answer classes, others scores: see each release' };
  }
  if (rows.some(({ form }) => form.answers === 'scores')) {
    return { kind: 'not-evaluated', reason: 'the release answers probabilities of more than two classes, and the labels are classes: deploy it with --method both' };
  }
  const classes = distinct([...labels, ...rows.map(({ prediction }) => prediction)]);
  return areClasses(rows, classes) ? byClasses(rows, classes) : byNumbers(rows);
}

function distinct(values: readonly LabelValue[]): LabelValue[] {
  return [...new Set(values)].sort(compareLabels);
}

/** Whether a row's prediction is the probability of the second of two classes. */
function isScore({ prediction, label, form: { answers } }: LabelledRow): boolean {
  const isShare = typeof prediction === 'number' && prediction >= 0 && prediction <= 1;
  if (answers === 'scores') {
    return isShare;
  }
  // A booster of its own library answers probabilities as the numbers that they are.
  return answers !== 'classes' && isShare && (label === 0 || label === 1 || typeof label === 'string');
}

function areClasses(rows: readonly LabelledRow[], classes: readonly LabelValue[]): boolean {
  if (rows.some(({ label }) => typeof label === 'string') || rows.some(({ prediction }) => typeof prediction === 'string')) {
    return true;
  }
  const few = classes.length <= mostNumericClasses && classes.every(Number.isInteger);
  return few && rows.every(({ form }) => form.answers !== 'numbers');
}

function byNumbers(rows: readonly LabelledRow[]): Evaluation {
  const labels = rows.map(({ label }) => Number(label));
  const metrics = regressionMetrics(labels, rows.map(({ prediction }) => Number(prediction)));
  return { kind: 'regression', metrics, meanLabel: labels.reduce((sum, label) => sum + label, 0) / labels.length };
}

/** The second of two classes; undefined where one was seen and nothing says which it is. */
function positiveOf(classes: readonly LabelValue[]): LabelValue | undefined {
  return classes.every((each) => each === 0 || each === 1) ? 1 : classes[1];
}

function byClasses(rows: readonly LabelledRow[], classes: readonly LabelValue[]): Evaluation {
  const positive = positiveOf(classes);
  if (classes.length <= 2 && positive !== undefined) {
    return binary(rows, positive, ({ prediction }) => prediction === positive, ({ score }) => score);
  }
  if (classes.length > mostClasses) {
    return { kind: 'not-evaluated', reason: `${classes.length} different labels and predictions are more than ${mostClasses}: they are not classes` };
  }
  const places = new Map(classes.map((each, index) => [each, index]));
  const matrix = classes.map(() => classes.map(() => 0));
  for (const { label, prediction } of rows) {
    const row = matrix[places.get(label) ?? 0];
    const column = places.get(prediction) ?? 0;
    if (row !== undefined) {
      row[column] = (row[column] ?? 0) + 1;
    }
  }
  return { kind: 'multiclass', metrics: multiclassMetrics(matrix), classes: classes.length };
}

function byScores(rows: readonly LabelledRow[], labels: readonly LabelValue[]): Evaluation {
  const positive = positiveOf(labels);
  if (positive === undefined) {
    return { kind: 'not-evaluated', reason: `all labels are ${String(labels[0])}: whether that is the class that the scores are of shows once there is another` };
  }
  const thresholds = new Set(rows.map(({ form }) => form.threshold));
  const [threshold = 0.5] = thresholds;
  return binary(rows, positive, ({ prediction, form }) => Number(prediction) >= form.threshold, ({ prediction }) => Number(prediction), thresholds.size === 1 ? threshold : undefined);
}

/** @param threshold the one for all rows, where predictions are scores */
function binary(rows: readonly LabelledRow[], positive: LabelValue, says: (row: LabelledRow) => boolean, scoreOf: (row: LabelledRow) => number | null, threshold?: number): Evaluation {
  const confusion = { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 };
  const positives = new Uint8Array(rows.length);
  const scores = new Float64Array(rows.length);
  let scored = 0;
  let leastPositive = Infinity;
  let mostNegative = -Infinity;
  rows.forEach((row, index) => {
    const isPositive = row.label === positive;
    const said = says(row);
    confusion[said ? (isPositive ? 'truePositives' : 'falsePositives') : isPositive ? 'falseNegatives' : 'trueNegatives'] += 1;
    positives[index] = isPositive ? 1 : 0;
    const score = scoreOf(row);
    if (score !== null && score >= 0 && score <= 1) {
      scores[index] = score;
      scored += 1;
      leastPositive = said ? Math.min(leastPositive, score) : leastPositive;
      mostNegative = said ? mostNegative : Math.max(mostNegative, score);
    }
  });
  const metrics = binaryMetrics(confusion);
  const common = { kind: 'binary', positive: String(positive), confusion, ...(threshold === undefined ? {} : { threshold }) } as const;
  // Of a model with more classes the log has the probability of the class that was answered, which ranks nothing.
  const isOfLabel = mostNegative > leastPositive && threshold === undefined;
  if (scored < rows.length || isOfLabel) {
    const reason = isOfLabel
      ? 'the probabilities in the log are not of one class, or releases decide differently: see each release'
      : scored === 0
        ? 'the log has no probabilities: deploy with --method predict_proba or both, or with a threshold'
        : `${rows.length - scored} of ${rows.length} rows have no probability in the log`;
    return { ...common, metrics: [...metrics, ...(['auc', 'log-loss', 'brier', 'calibration-error'] as const).map((metric) => ({ metric, value: null, reason }))], calibration: [] };
  }
  const { metrics: ofProbabilities, calibration } = probabilityMetrics(positives, scores);
  return { ...common, metrics: [...metrics, auc(positives, scores), ...ofProbabilities], calibration };
}
