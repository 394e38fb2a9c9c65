import { intervalFacts, metricFacts, type MetricFigure, type Performance, type PerformancePart } from '../performance.ts';
import { lookUp, wordFor } from '../unknown.ts';
import { formatNumber, formatShare } from './numbers.ts';
import { plural } from './plural.ts';

/** What a metric is called. */
export function metricLabel({ metric }: MetricFigure): string {
  return lookUp(metricFacts, metric)?.label ?? metric;
}

function metricText(metric: string, value: number): string {
  return lookUp(metricFacts, metric)?.isShare === true ? formatShare(value) : formatNumber(value, 3);
}

/** `0.912`, or a dash. */
export function metricValueText({ metric, value }: MetricFigure): string {
  return value === null ? '–' : metricText(metric, value);
}

/** `0.87 to 0.94`, or why there is none. */
export function intervalText({ metric, interval, value }: MetricFigure, { labelled }: Pick<PerformancePart, 'labelled'>): string {
  if (value === null) {
    return '';
  }
  if (interval !== undefined) {
    return `${metricText(metric, interval.low)} to ${metricText(metric, interval.high)}`;
  }
  return labelled < 30 ? 'too few rows for an interval' : 'no interval';
}

/** How an interval was computed. */
export function intervalMethodText({ interval }: MetricFigure): string {
  return interval === undefined ? '' : wordFor(intervalFacts, interval.method);
}

/** What the metrics cover: a number without it says nothing. */
export function coverageText({ predictions, labelled, unknown }: PerformancePart): string {
  const share = predictions === 0 ? '' : ` (${formatShare(labelled / predictions)})`;
  const gone = unknown === 0 ? '' : `; of ${plural(unknown, 'prediction')} the log has no answer`;
  return `${formatNumber(labelled)} of ${plural(predictions, 'prediction')} labelled${share}${gone}`;
}

/** What the predictions were compared as. */
export function comparedAs({ evaluation }: PerformancePart): string {
  switch (evaluation.kind) {
    case 'binary':
      return `two classes, ${evaluation.positive} is positive${evaluation.threshold === undefined ? '' : ` from a score of ${evaluation.threshold}`}`;
    case 'multiclass':
      return `${evaluation.classes} classes; precision, recall and F1 are means over them`;
    case 'regression':
      return `numbers; the labels' mean is ${formatNumber(evaluation.meanLabel, 4)}`;
    case 'not-evaluated':
      return `not evaluated: ${evaluation.reason}`;
    case 'unknown':
      return evaluation.name;
  }
}

/** The metrics, where there are some. */
export function metricsOf({ evaluation }: PerformancePart): readonly MetricFigure[] {
  return evaluation.kind === 'binary' || evaluation.kind === 'multiclass' || evaluation.kind === 'regression' ? evaluation.metrics : [];
}

/** How to send labels, where there are none. */
export function howToLabel(endpoint: string): readonly string[] {
  return [
    `slipway labels ${endpoint} labels.csv`,
    `slipway labels ${endpoint} outcomes.csv --key customer_id --label churned`,
    `slipway.log_labels(frame, endpoint="${endpoint}", key="customer_id", label="churned")`,
  ];
}

/** When labels came. */
export function labelsText({ labels, delay }: Performance): string {
  const by = labels.keyColumns.length === 0 ? '' : `, by ${labels.keyColumns.join(', ')}`;
  const corrected = labels.replaced === 0 ? '' : `, ${formatNumber(labels.replaced)} replaced and kept as history`;
  const after = delay === null ? '' : `; half of them within ${delayText(delay.p50)} of the prediction, nine of ten within ${delayText(delay.p90)}`;
  return `${plural(labels.current, 'label')}${by}${corrected}${after}`;
}

function delayText(hours: number): string {
  return hours >= 48 ? plural(Math.round(hours / 24), 'day') : hours >= 1 ? plural(Math.round(hours), 'hour') : plural(Math.ceil(hours * 60), 'minute');
}
