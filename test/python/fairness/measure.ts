/** The ratios of the gate of fairness for cases that come on standard input as JSON, for a test that compares them. */
import { readFileSync } from 'node:fs';
import { ratesOf, ratioOf } from '../../../server/promotion/gates/fairnessGate.ts';
import { groupsOf } from '../../../server/promotion/gates/slicesGate.ts';

interface Case {
  readonly groups: readonly string[];
  readonly labels: readonly number[];
  readonly predictions: readonly number[];
}

const cases = JSON.parse(readFileSync(0, 'utf8')) as readonly Case[];
const answers = cases.map(({ groups, labels, predictions }) => {
  const [grouped, says] = [groupsOf(groups), predictions.map((prediction) => prediction === 1)];
  const ratio = (label?: number): number => ratioOf(ratesOf(grouped, says, (row) => label === undefined || labels[row] === label));
  return { parity: ratio(), odds: Math.min(ratio(1), ratio(0)), rates: Object.fromEntries(ratesOf(grouped, says).map(({ group, rate }) => [group, rate])) };
});
console.log(JSON.stringify(answers));
