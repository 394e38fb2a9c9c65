import { metricFacts } from '../../contract/performance.ts';
import { formatNumber } from '../../contract/format/numbers.ts';
import { aucDifference } from '../../monitoring/labels/metrics/ranking.ts';
import { meanOf, varianceOf } from '../../monitoring/labels/metrics/regression.ts';
import { compareLabels } from '../../monitoring/labels/labelValue.ts';
import { labelled, measure, type Answers, type JudgedRows } from '../judgedRows.ts';
import { failed, notEvaluated, passed, type Gate } from './gate.ts';

type Metric = 'accuracy' | 'auc' | 'log-loss' | 'brier' | 'mae';

/** The 97.5 % quantile of the standard normal distribution. */
const z = 1.959963984540054;
const fewestRows = 30;

/** What each row costs, of metrics that are means over rows: less is better. */
function losses(metric: Exclude<Metric, 'auc'>, { labels }: JudgedRows, { predictions, form }: Answers): Float64Array {
  const positive = [...new Set(labels)].sort(compareLabels)[1];
  return Float64Array.from(labels, (label, row) => {
    const prediction = predictions[row] ?? NaN;
    const truth = label === positive ? 1 : 0;
    switch (metric) {
      case 'accuracy':
        return Number(form.answers === 'scores' ? Number(Number(prediction) >= form.threshold) !== truth : prediction !== label);
      case 'mae':
        return Math.abs(Number(prediction) - Number(label));
      case 'brier':
        return (Number(prediction) - truth) ** 2;
      case 'log-loss': {
        const clipped = Math.min(1 - 2 ** -52, Math.max(2 ** -52, Number(prediction)));
        return -Math.log(truth === 1 ? clipped : 1 - clipped);
      }
    }
  });
}

/** By how much the candidate is better, with its standard error: the rows are the same, so it is the pairs that vary. */
export function improvement(metric: Metric, rows: JudgedRows, candidate: Answers, live: Answers): { readonly value: number; readonly error: number } {
  if (metric === 'auc') {
    const positive = [...new Set(rows.labels)].sort(compareLabels)[1];
    const scores = ({ predictions }: Answers): Float64Array => Float64Array.from(predictions, Number);
    return aucDifference(Uint8Array.from(rows.labels, (label) => Number(label === positive)), scores(candidate), scores(live));
  }
  const [ours, theirs] = [losses(metric, rows, candidate), losses(metric, rows, live)];
  const differences = theirs.map((loss, row) => loss - (ours[row] ?? 0));
  const value = meanOf(differences);
  return { value, error: Math.sqrt(varianceOf(differences, value) / differences.length) };
}

export const changeGate: Gate<'change'> = {
  id: 'change',
  label: 'Beside the live release',
  judge({ rows, live: release }, { metric, maximumLoss = 0 }) {
    if (typeof rows === 'string') {
      return notEvaluated(rows);
    }
    if (metric === undefined) {
      return notEvaluated('The policy names no metric.');
    }
    const { live, candidate } = rows;
    if (typeof live === 'string') {
      return notEvaluated(live);
    }
    if (rows.labels.length < fewestRows) {
      return notEvaluated(`${rows.labels.length} rows are too few for an interval: ${fewestRows} are needed.`);
    }
    const [now, before] = [measure(labelled(rows, candidate), metric), measure(labelled(rows, live), metric)];
    if (typeof now === 'string') {
      return notEvaluated(`${now}.`);
    }
    if (typeof before === 'string') {
      return notEvaluated(`The live release: ${before}.`);
    }
    const { value, error } = improvement(metric, rows, candidate, live);
    const [low, high] = [value - z * error, value + z * error];
    const { label } = metricFacts[metric];
    const words = `${label} ${formatNumber(now.value)} beside ${formatNumber(before.value)} of version ${release?.model.version ?? 0} on the same ${rows.labels.length} rows: ${value < 0 ? 'worse' : 'better'} by ${formatNumber(Math.abs(value))} (95 % ${formatNumber(low)} to ${formatNumber(high)}, above 0 is better)`;
    return low < -maximumLoss ? failed(`${words}; that it is worse by more than ${formatNumber(maximumLoss)} cannot be excluded.`) : passed(`${words}.`);
  },
};
