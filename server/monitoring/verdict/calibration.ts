import { kolmogorovDistance } from '../drift/statistics/kolmogorov.ts';
import { randomNumbers } from './randomNumbers.ts';

/** Runs of rows that are drawn from a baseline. */
const draws = 100;
/** The q95 of √n D of independent values: 5 % of them are above. */
const independentQ95 = 1.3581;
/** Distance of the first half of the rows from the second beyond which their order is no order of time, or the baseline is shorter than what recurs in it. */
const unlikeHalves = 0.2;

/** The number of values that two samples of sizes n and m say as much as: nm / (n + m). */
export function effectiveSize(n: number, m: number): number {
  return (n * m) / (n + m);
}

/**
 * How far runs of a baseline's rows, as long as a window, are from the rest of it beyond what independent values would be: live rows of an hour are
 * alike where the hour of the day or the week matters, and a bound for independent ones would alarm every hour.
 *
 * Runs are drawn where the baseline has them (a block bootstrap, H. Künsch, 1989, https://doi.org/10.1214/aos/1176347265); each is held out and compared
 * with the rest. Of their 95 % quantile the part that independence explains is taken away: what is left is the variance τ² that a window has by when
 * it was, so that √n D of a window stands for √n D / √(1 + n τ²). Never less than 0: no baseline makes alarms more likely than independence does.
 *
 * @param values in the order of the rows
 * @param run how many values of the baseline a window is as long as
 * @returns τ²; 0 where the order of the rows says nothing, as in a file that is sorted or shuffled
 */
export function spreadOfRuns(values: Float64Array, run: number, seed: number): number {
  const size = values.length;
  const length = Math.min(Math.floor(size / 2), Math.round(run));
  if (length < 2 || !isInOrderOfTime(values)) {
    return 0;
  }
  const random = randomNumbers(seed);
  const order = Uint32Array.from(values.keys()).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const distances = Array.from({ length: draws }, () => distanceOfRun(values, order, Math.floor(random() * size), length)).sort((a, b) => a - b);
  const independent = effectiveSize(length, size - length);
  const scale = (Math.sqrt(independent) * (distances[Math.floor(0.95 * draws)] ?? 0)) / independentQ95;
  return Math.max(0, (scale * scale - 1) / independent);
}

/**
 * The Kolmogorov-Smirnov distance of a run from the other values.
 * @param order positions of the values, from the smallest value to the largest
 */
function distanceOfRun(values: Float64Array, order: Uint32Array, start: number, length: number): number {
  const size = values.length;
  let [held, rest, distance] = [0, 0, 0];
  for (const [place, index] of order.entries()) {
    if ((index - start + size) % size < length) {
      held += 1;
    } else {
      rest += 1;
    }
    if (place + 1 === size || values[index] !== values[order[place + 1] ?? 0]) {
      distance = Math.max(distance, Math.abs(held / length - rest / (size - length)));
    }
  }
  return distance;
}

function isInOrderOfTime(values: Float64Array): boolean {
  const half = Math.floor(values.length / 2);
  return kolmogorovDistance(values.slice(0, half).sort(), values.slice(half).sort()).distance <= unlikeHalves;
}
