import type { Experiment } from './tracking.ts';

/** Which values of a metric are better. */
export type Direction = 'lower' | 'higher';

/** Words of metric names whose smaller values are better. */
const lowerWords = new Set(['loss', 'error', 'err', 'rmse', 'mse', 'mae', 'mape', 'rmsle', 'logloss', 'brier', 'latency', 'time', 'duration', 'perplexity', 'wer', 'cer', 'deviance']);
/** Words of metric names whose larger values are better. */
const higherWords = new Set(['acc', 'accuracy', 'auc', 'roc', 'f1', 'precision', 'recall', 'score', 'r2', 'ndcg', 'iou', 'dice', 'mcc', 'kappa', 'bleu', 'rouge', 'specificity', 'sensitivity', 'throughput']);
/** Words of names that say how a metric spreads or where it stands among others: `std_test_score`, `rank_test_score`. */
const beside = new Set(['rank', 'std', 'stdev', 'stddev', 'var', 'variance']);

/** The words of a metric's name, in lower case: `val/logLoss` has `val`, `log` and `loss`. */
export function wordsOf(metric: string): readonly string[] {
  return metric
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

/** Which values of a metric are better, as far as its name tells; scikit-learn's `neg_` turns a loss around. */
export function directionByName(metric: string): Direction | undefined {
  const words = wordsOf(metric);
  if (words.some((word) => beside.has(word))) {
    return undefined;
  }
  if (words.some((word) => lowerWords.has(word))) {
    return words.includes('neg') ? 'higher' : 'lower';
  }
  return words.some((word) => higherWords.has(word)) ? 'higher' : undefined;
}

/** Measured on the rows that the model was trained on: a better value there says nothing. */
export function isTrainingMetric(metric: string): boolean {
  return wordsOf(metric).some((word) => word === 'train' || word === 'training');
}

/** Measured on one fold of several, such as `split0_test_score`. */
export function isFoldMetric(metric: string): boolean {
  return wordsOf(metric).some((word) => /^(?:split|fold)\d+$/.test(word));
}

type Tags = Experiment['tags'];

/** Tags by which MLflow's AutoML tells an experiment's primary metric (mlflow/utils/mlflow_tags.py). */
export const primaryMetricTags = { name: 'mlflow.experiment.primaryMetric.name', greaterIsBetter: 'mlflow.experiment.primaryMetric.greaterIsBetter' } as const;

export function directionTag(metric: string): string {
  return `slipway.direction.${metric}`;
}

/** What a user can say of a metric: `none` is that no value of it is better. */
export type ChosenDirection = Direction | 'none';

/** What a user has said of this metric in the experiment; undefined where its name tells. */
function chosenDirection(metric: string, tags: Tags): ChosenDirection | undefined {
  const chosen = tags[directionTag(metric)];
  if (chosen === 'lower' || chosen === 'higher' || chosen === 'none') {
    return chosen;
  }
  const greater = tags[primaryMetricTags.name] === metric ? tags[primaryMetricTags.greaterIsBetter]?.toLowerCase() : undefined;
  return greater === 'true' ? 'higher' : greater === 'false' ? 'lower' : undefined;
}

/** Which values of a metric are better in an experiment. @param tags of the experiment */
export function directionOf(metric: string, tags: Tags): Direction | undefined {
  const chosen = chosenDirection(metric, tags);
  return chosen === 'none' ? undefined : (chosen ?? directionByName(metric));
}
