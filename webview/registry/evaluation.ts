import { countedThresholds } from '../../server/contract/monitoring.ts';
import type { DataTable } from '../ui/tables.ts';

/** Rows of an evaluation: what is true of each, and the probability that the model gave its second class. */
export interface ScoredRows {
  /** The file that has them. */
  readonly source: string;
  /** The two labels in the order of the model's classes; the score is that of the second. */
  readonly classes: readonly [string, string];
  readonly rows: readonly { readonly positive: boolean; readonly score: number }[];
}

const labelNames = /^(?:labels?|targets?|y|y_?true|actual|truth|ground_?truth)$/i;
const scoreNames = /^(?:scores?|probability|prob|proba|y_?score|y_?prob|y_?proba|prediction_score|predict_proba)$/i;

/** The rows of a logged table with a label and a score each; undefined for a table without both, or with other than two labels. */
export function scoredRows(source: string, { columns, rows }: DataTable): ScoredRows | undefined {
  const label = columns.findIndex((name) => labelNames.test(name));
  const score = columns.findIndex((name) => scoreNames.test(name));
  const read = rows.map((row) => ({ label: row[label] ?? '', score: (row[score] ?? '') === '' ? Number.NaN : Number(row[score]) }));
  if (label < 0 || score < 0 || read.some((row) => !(row.score >= 0 && row.score <= 1))) {
    return undefined;
  }
  // As scikit-learn orders classes: numbers by their size, texts by their characters.
  const classes = [...new Set(read.map((row) => row.label))];
  const ordered = classes.every((name) => name !== '' && Number.isFinite(Number(name))) ? classes.sort((a, b) => Number(a) - Number(b)) : classes.sort((a, b) => (a < b ? -1 : 1));
  const [negative, positive] = ordered;
  if (negative === undefined || positive === undefined || ordered.length !== 2) {
    return undefined;
  }
  return { source, classes: [negative, positive], rows: read.map((row) => ({ positive: row.label === positive, score: row.score })) };
}

/** What a threshold makes of the rows of an evaluation. */
export interface ThresholdFigures {
  readonly threshold: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
  /** Null where no row reaches the threshold. */
  readonly precision: number | null;
  readonly recall: number;
}

/** The figures at each of the counted thresholds: a row is answered by the second class where its score reaches it. */
export function thresholdFigures({ rows }: ScoredRows): ThresholdFigures[] {
  const scoresOf = (positive: boolean): number[] => rows.filter((row) => row.positive === positive).map(({ score }) => score);
  const [positives, negatives] = [scoresOf(true), scoresOf(false)];
  const reached = (scores: readonly number[], threshold: number): number => scores.reduce((count, score) => count + (score >= threshold ? 1 : 0), 0);
  return countedThresholds.map((threshold) => {
    const [truePositives, falsePositives] = [reached(positives, threshold), reached(negatives, threshold)];
    const answered = truePositives + falsePositives;
    return {
      threshold,
      truePositives,
      falsePositives,
      falseNegatives: positives.length - truePositives,
      trueNegatives: negatives.length - falsePositives,
      precision: answered === 0 ? null : truePositives / answered,
      recall: truePositives / positives.length,
    };
  });
}

/** What the wrong answers cost, a row. */
export function costOf({ truePositives, falsePositives, falseNegatives, trueNegatives }: ThresholdFigures, costs: { readonly missed: number; readonly alarm: number }): number {
  return (falsePositives * costs.alarm + falseNegatives * costs.missed) / (truePositives + falsePositives + falseNegatives + trueNegatives);
}
