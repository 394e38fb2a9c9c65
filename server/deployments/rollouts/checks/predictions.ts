import type { AnswerValue } from '../../replicas/ports.ts';
import { failed, notEvaluated, passed, percent, type Check } from './check.ts';

/** Fewer rows than so many say nothing about a distribution. */
const leastRows = 20;

/** Numbers with more different values than so many are compared as numbers, not as labels. */
const mostLabels = 20;

/** What the releases answer to requests of the same time: the largest difference of the shares of answers. */
export const predictions: Check = {
  id: 'predictions',
  label: 'Predictions',
  judge({ limits: { maximumPredictionShift }, answers }) {
    if (maximumPredictionShift === null) {
      return notEvaluated('Not asked for');
    }
    const [fresh, live] = [answers?.fresh ?? [], answers?.live ?? []];
    if (fresh.length < leastRows || live.length < leastRows) {
      return notEvaluated(`Too few recorded answers to compare: ${fresh.length} of the new release, ${live.length} of the live one`);
    }
    const { distance, where, sets } = shiftOf(fresh, live);
    const chance = chanceDistance(fresh.length, live.length, sets);
    const words = `${where}, over ${fresh.length} rows beside ${live.length}`;
    return distance > maximumPredictionShift && distance > chance
      ? failed(`The new release answers differently: ${words} (${percent(distance)} apart; at most ${percent(maximumPredictionShift)} is allowed)`)
      : passed(`${percent(distance)} apart: ${words}`);
  },
};

/**
 * The distance that two samples of one distribution keep below but for one time in ten thousand: for numbers the two-sample bound of
 * Kolmogorov and Smirnov, sqrt(-ln(a / 2) / 2) sqrt((n + m) / (n m)); for labels that of Hoeffding for each (Probability Inequalities for
 * Sums of Bounded Random Variables, 1963, formula 2.7), which is the same with a divided among them.
 */
function chanceDistance(n: number, m: number, sets: number): number {
  return Math.sqrt((Math.log((2 * sets) / 0.0001) / 2) * ((n + m) / (n * m)));
}

interface Shift {
  /** 0 to 1. */
  readonly distance: number;
  /** Where the samples are furthest apart, in words. */
  readonly where: string;
  /** How many sets of answers were looked at one by one. */
  readonly sets: number;
}

/** How far two samples are apart: labels by their shares, numbers by the shares of what is at most as large. */
export function shiftOf(fresh: readonly AnswerValue[], live: readonly AnswerValue[]): Shift {
  const values = new Set([...fresh, ...live]);
  const numbers = values.size > mostLabels && [...values].every((value) => typeof value === 'number');
  return numbers ? shiftOfNumbers(fresh.map(Number), live.map(Number)) : shiftOfLabels(fresh, live);
}

function shiftOfLabels(fresh: readonly AnswerValue[], live: readonly AnswerValue[]): Shift {
  const [now, before] = [sharesIn(fresh), sharesIn(live)];
  // Of labels that are as far apart the one that the new release answers is named.
  const labels = new Set([...fresh, ...live]);
  let widest = { distance: 0, where: 'the same shares of each answer' };
  for (const label of labels) {
    const [a, b] = [now.get(label) ?? 0, before.get(label) ?? 0];
    if (Math.abs(a - b) > widest.distance) {
      widest = { distance: Math.abs(a - b), where: `${percent(a)} are ${String(label)}, of the live release ${percent(b)}` };
    }
  }
  return { ...widest, sets: labels.size };
}

function sharesIn(values: readonly AnswerValue[]): Map<AnswerValue, number> {
  const counts = new Map<AnswerValue, number>();
  for (const value of values) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return new Map([...counts].map(([value, count]) => [value, count / values.length]));
}

function shiftOfNumbers(fresh: readonly number[], live: readonly number[]): Shift {
  const [a, b] = [fresh.toSorted((x, y) => x - y), live.toSorted((x, y) => x - y)];
  let widest = { distance: 0, at: 0, now: 0, before: 0 };
  let [i, j] = [0, 0];
  for (const value of [...new Set([...a, ...b])].sort((x, y) => x - y)) {
    while (i < a.length && (a[i] ?? 0) <= value) {
      i += 1;
    }
    while (j < b.length && (b[j] ?? 0) <= value) {
      j += 1;
    }
    const [now, before] = [i / a.length, j / b.length];
    if (Math.abs(now - before) > widest.distance) {
      widest = { distance: Math.abs(now - before), at: value, now, before };
    }
  }
  const { distance, at, now, before } = widest;
  return { distance, sets: 1, where: `${percent(now)} are at most ${Number(at.toPrecision(4))}, of the live release ${percent(before)}` };
}
