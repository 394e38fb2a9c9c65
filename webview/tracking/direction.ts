/** Words of metric names whose smaller values are better. */
const lowerWords = new Set(['loss', 'error', 'err', 'rmse', 'mse', 'mae', 'mape', 'rmsle', 'logloss', 'brier', 'latency', 'time', 'duration', 'perplexity', 'wer', 'cer', 'deviance']);
/** Words of metric names whose larger values are better. */
const higherWords = new Set(['acc', 'accuracy', 'auc', 'roc', 'f1', 'precision', 'recall', 'score', 'r2', 'ndcg', 'iou', 'dice', 'mcc', 'kappa', 'bleu', 'rouge', 'specificity', 'sensitivity', 'throughput']);

export type Direction = 'lower' | 'higher';

/** Which values of a metric are better, as far as its name tells; scikit-learn's `neg_` turns a loss around. */
export function betterDirection(metric: string): Direction | undefined {
  const words = metric
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  if (words.some((word) => lowerWords.has(word))) {
    return words.includes('neg') ? 'higher' : 'lower';
  }
  return words.some((word) => higherWords.has(word)) ? 'higher' : undefined;
}
