import { formatNumber } from '../../contract/format/numbers.ts';
import { plural } from '../../contract/format/plural.ts';
import { evaluate } from '../../monitoring/labels/evaluate.ts';
import { equalMassCalibration } from '../../monitoring/labels/metrics/equalMassCalibration.ts';
import { labelled } from '../judgedRows.ts';
import { failed, notEvaluated, passed, type Gate } from './gate.ts';

const fewestRows = 30;
const usualBins = 10;

export const calibrationGate: Gate<'calibration'> = {
  id: 'calibration',
  label: 'Calibration of probabilities',
  judge({ rows }, { maximumError, bins: asked = usualBins }) {
    if (typeof rows === 'string') {
      return notEvaluated(rows);
    }
    if (maximumError === undefined) {
      return notEvaluated('The policy names no maximumError.');
    }
    const { labels, candidate } = rows;
    if (labels.length < fewestRows) {
      return notEvaluated(`${plural(labels.length, 'row is', 'rows are')} too few for an interval: ${fewestRows} are needed.`);
    }
    const evaluation = evaluate(labelled(rows, candidate));
    if (evaluation.kind === 'not-evaluated') {
      return notEvaluated(`${evaluation.reason}.`);
    }
    if (evaluation.kind !== 'binary' || evaluation.calibration.length === 0) {
      return notEvaluated('The candidate does not answer the probability of one of two classes: ask for it with --method predict_proba.');
    }
    const positives = Uint8Array.from(labels, (label) => Number(String(label) === evaluation.positive));
    const { error, interval, bins, byChance } = equalMassCalibration(positives, Float64Array.from(candidate.predictions, Number), asked);
    const span = interval === undefined ? '' : `95 % ${formatNumber(interval.low)} to ${formatNumber(interval.high)}, `;
    const words = `Expected calibration error ${formatNumber(error)} (${span}${plural(labels.length, 'row')} in ${plural(bins.length, 'bin')} of equal mass)`;
    const chance = `about ${formatNumber(byChance)} is to be expected of probabilities that are right`;
    return error > maximumError ? failed(`${words}; at most ${formatNumber(maximumError)} is asked for, ${chance}.`) : passed(`${words}; ${chance}.`);
  },
};
