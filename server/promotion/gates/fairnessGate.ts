import { formatNumber } from '../../contract/format/numbers.ts';
import { compareLabels, type LabelValue } from '../../monitoring/labels/labelValue.ts';
import type { JudgedRows } from '../judgedRows.ts';
import { failed, notEvaluated, passed, type Gate } from './gate.ts';
import { groupsOf } from './slicesGate.ts';

const fewestRows = 30;
/** Four fifths: Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4 D. */
const fourFifths = 0.8;

export interface GroupRate {
  readonly group: string;
  readonly rows: number;
  readonly rate: number;
}

/** The smallest rate over the largest, as fairlearn's `demographic_parity_ratio` has it; NaN where no group has any. */
export function ratioOf(rates: readonly GroupRate[]): number {
  const values = rates.map(({ rate }) => rate);
  return Math.min(...values) / Math.max(...values);
}

/**
 * Shares of rows that are answered positively, by group: of all rows (`demographic-parity`), or of those whose label is positive and of those whose
 * label is negative (`equalized-odds`; fairlearn's `equalized_odds_ratio` is the smaller ratio of the two).
 */
export function ratesOf(groups: ReadonlyMap<string, readonly number[]>, says: readonly boolean[], among: (row: number) => boolean = () => true): GroupRate[] {
  return [...groups].map(([group, indices]) => {
    const counted = indices.filter(among);
    return { group, rows: counted.length, rate: counted.length === 0 ? 0 : counted.filter((row) => says[row] === true).length / counted.length };
  });
}

/** Of two classes the second is positive; undefined where there are others. */
function positiveOf({ labels, candidate: { predictions, form } }: JudgedRows): { readonly positive: LabelValue; readonly says: readonly boolean[] } | undefined {
  const classes = [...new Set(labels)].sort(compareLabels);
  const positive = classes[1];
  if (classes.length !== 2 || positive === undefined) {
    return undefined;
  }
  return { positive, says: predictions.map((prediction) => (form.answers === 'scores' ? Number(prediction) >= form.threshold : prediction === positive)) };
}

export const fairnessGate: Gate<'fairness'> = {
  id: 'fairness',
  label: 'Fairness by group',
  judge({ rows }, { column, measure = 'demographic-parity', minimumRatio = fourFifths, minimumRows = fewestRows }) {
    if (typeof rows === 'string') {
      return notEvaluated(rows);
    }
    const values = column === undefined ? undefined : rows.columns.get(column);
    if (column === undefined || values === undefined) {
      return notEvaluated(column === undefined ? 'The policy names no column.' : `The evaluation rows have no column ${column}.`);
    }
    const classes = positiveOf(rows);
    if (classes === undefined) {
      return notEvaluated('The labels are not of two classes.');
    }
    const { positive, says } = classes;
    const isPositive = (row: number): boolean => rows.labels[row] === positive;
    const parts = measure === 'demographic-parity' ? [{ name: 'answered positively', among: () => true }] : [{ name: 'of positive labels answered so', among: isPositive }, { name: 'of negative labels answered positively', among: (row: number) => !isPositive(row) }];
    const all = groupsOf(values);
    const judged = parts.map(({ name, among }) => {
      const rates = ratesOf(all, says, among);
      const large = rates.filter((rate) => rate.rows >= minimumRows);
      return { name, large, small: rates.length - large.length, ratio: ratioOf(large) };
    });
    const few = judged.find(({ large }) => large.length < 2);
    if (few !== undefined) {
      return notEvaluated(`Fewer than two groups of ${column} have ${minimumRows} rows (${few.name}).`);
    }
    const none = judged.find(({ ratio }) => !Number.isFinite(ratio));
    if (none !== undefined) {
      return notEvaluated(`No row is ${none.name} in any group of ${column}.`);
    }
    const words = judged.map(({ name, large, small, ratio }) => {
      const [least, most] = [large.reduce((a, b) => (b.rate < a.rate ? b : a)), large.reduce((a, b) => (b.rate > a.rate ? b : a))];
      return `${name}: ${formatNumber(least.rate)} of ${least.group} (${least.rows} rows), ${formatNumber(most.rate)} of ${most.group} (${most.rows} rows), ratio ${formatNumber(ratio)}${small === 0 ? '' : `; ${small} smaller groups are not judged`}`;
    });
    const least = Math.min(...judged.map(({ ratio }) => ratio));
    return least < minimumRatio ? failed(`${words.join('; ')}. At least ${formatNumber(minimumRatio)} is asked for.`) : passed(`${words.join('; ')}.`);
  },
};
