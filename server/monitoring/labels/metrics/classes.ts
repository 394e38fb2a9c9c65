import type { Evaluation, MetricFigure } from '../../../contract/performance.ts';
import { fStar, normal, wilson, type Interval } from './intervals.ts';

type Confusion = Extract<Evaluation, { kind: 'binary' }>['confusion'];

function figure(metric: 'accuracy' | 'precision' | 'recall' | 'f1', value: number, interval: Interval | undefined): MetricFigure {
  return { metric, value, ...(interval === undefined ? {} : { interval }) };
}

/** Accuracy, precision, recall and F1 of the positive class, as scikit-learn defines them; what would divide by nothing has no value. */
export function binaryMetrics({ truePositives, falsePositives, falseNegatives, trueNegatives }: Confusion): MetricFigure[] {
  const rows = truePositives + falsePositives + falseNegatives + trueNegatives;
  const right = truePositives + trueNegatives;
  const predicted = truePositives + falsePositives;
  const actual = truePositives + falseNegatives;
  const wrong = falsePositives + falseNegatives;
  return [
    figure('accuracy', right / rows, wilson(right, rows)),
    predicted === 0 ? { metric: 'precision', value: null, reason: 'no row was predicted positive' } : figure('precision', truePositives / predicted, wilson(truePositives, predicted)),
    actual === 0 ? { metric: 'recall', value: null, reason: 'no label is positive' } : figure('recall', truePositives / actual, wilson(truePositives, actual)),
    truePositives + wrong === 0 ? { metric: 'f1', value: null, reason: 'neither a label nor a prediction is positive' } : figure('f1', (2 * truePositives) / (2 * truePositives + wrong), fStar(truePositives, wrong)),
  ];
}

/**
 * Accuracy, and precision, recall and F1 as unweighted means over the classes that are a label or a prediction (scikit-learn's `average='macro'`
 * with `zero_division=0`).
 *
 * Intervals of the means by the delta method from the shares of the confusion matrix, which are multinomial: K. Takahashi, K. Yamamoto,
 * A. Kuchiba and T. Koyama, Confidence interval for micro-averaged F1 and macro-averaged F1 scores, Applied Intelligence 52, 2022.
 * @param matrix counts, rows are labels and columns predictions
 */
export function multiclassMetrics(matrix: readonly (readonly number[])[]): MetricFigure[] {
  const classes = matrix.length;
  const actual = matrix.map((row) => row.reduce((sum, cell) => sum + cell, 0));
  const predicted = matrix.map((_, column) => matrix.reduce((sum, row) => sum + (row[column] ?? 0), 0));
  const hits = matrix.map((row, index) => row[index] ?? 0);
  const rows = actual.reduce((sum, count) => sum + count, 0);
  const right = hits.reduce((sum, count) => sum + count, 0);

  /** The mean over classes of hits / weight, where the weight is a sum of cells; `share` says how much of a cell it has. */
  const mean = (metric: 'precision' | 'recall' | 'f1', factor: number, weights: readonly number[], share: (label: number, prediction: number, of: number) => number): MetricFigure => {
    const ratios = hits.map((hit, index) => ((weights[index] ?? 0) === 0 ? 0 : (factor * hit) / (weights[index] ?? 1)));
    const value = ratios.reduce((sum, ratio) => sum + ratio, 0) / classes;
    let first = 0;
    let second = 0;
    for (let label = 0; label < classes; label += 1) {
      for (let prediction = 0; prediction < classes; prediction += 1) {
        // Only the classes of the label and of the prediction change with this cell.
        const touched = label === prediction ? [label] : [label, prediction];
        const gradient = touched.reduce((sum, of) => {
          const weight = (weights[of] ?? 0) / rows;
          return weight === 0 ? sum : sum + ((label === of && prediction === of ? factor : 0) - share(label, prediction, of) * (ratios[of] ?? 0)) / weight;
        }, 0) / classes;
        const cell = (matrix[label]?.[prediction] ?? 0) / rows;
        first += cell * gradient;
        second += cell * gradient ** 2;
      }
    }
    return figure(metric, value, normal(value, second - first ** 2, rows, 'delta', [0, 1]));
  };
  return [
    figure('accuracy', right / rows, wilson(right, rows)),
    mean('precision', 1, predicted, (_, prediction, of) => (prediction === of ? 1 : 0)),
    mean('recall', 1, actual, (label, _, of) => (label === of ? 1 : 0)),
    mean('f1', 2, actual.map((count, index) => count + (predicted[index] ?? 0)), (label, prediction, of) => (label === of ? 1 : 0) + (prediction === of ? 1 : 0)),
  ];
}
