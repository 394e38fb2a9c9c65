import { logGamma } from './gamma.ts';

/** U of two sorted samples, with middle ranks for ties (T. W. Anderson, 1962, https://doi.org/10.1214/aoms/1177704477, equation 10). */
export function cramerVonMisesRanks(one: Float64Array, other: Float64Array): number {
  let [i, j, ofOne, ofOther] = [0, 0, 0, 0];
  while (i < one.length || j < other.length) {
    const value = Math.min(one[i] ?? Infinity, other[j] ?? Infinity);
    const [fromI, fromJ] = [i, j];
    while (one[i] === value) {
      i += 1;
    }
    while (other[j] === value) {
      j += 1;
    }
    const rank = (fromI + fromJ + 1 + i + j) / 2;
    for (let index = fromI; index < i; index += 1) {
      ofOne += (rank - index - 1) ** 2;
    }
    for (let index = fromJ; index < j; index += 1) {
      ofOther += (rank - index - 1) ** 2;
    }
  }
  return one.length * ofOne + other.length * ofOther;
}

/** P of a U as large or larger for many values, by the limit of the statistic scaled to its mean and variance (Anderson, 1962, equations 9, 11, 14, 15). */
export function cramerVonMisesTail(u: number, n: number, m: number): number {
  const [product, all] = [n * m, n + m];
  const statistic = u / (product * all) - (4 * product - 1) / (6 * all);
  const mean = (1 + 1 / all) / 6;
  const variance = ((all + 1) * (4 * product * all - 3 * (n * n + m * m) - 2 * product)) / (45 * all * all * 4 * product);
  const scaled = 1 / 6 + (statistic - mean) / Math.sqrt(45 * variance);
  return scaled < 0.003 ? 1 : Math.max(0, 1 - limitShare(scaled));
}

/** The limit's distribution function (S. Csörgő and J. Faraway, 1996, equation 1.2), up to the first term below 1e-7, as scipy sums it. */
function limitShare(x: number): number {
  let sum = 0;
  for (let k = 0; ; k += 1) {
    const y = 4 * k + 1;
    const q = (y * y) / (16 * x);
    const term = (Math.exp(logGamma(k + 0.5) - logGamma(k + 1)) / (Math.PI ** 1.5 * Math.sqrt(x))) * Math.sqrt(y) * Math.exp(-q) * besselQuarter(q);
    sum += term;
    if (Math.abs(term) < 1e-7) {
      return sum;
    }
  }
}

/** The modified Bessel function K of order 1/4: ∫ exp(-x cosh t) cosh(t/4) dt from 0 (NIST DLMF, 10.32.9), by the trapezoidal rule, which is exact to rounding here. */
function besselQuarter(x: number): number {
  const step = 1 / 64;
  let sum = Math.exp(-x) / 2;
  for (let k = 1; ; k += 1) {
    const t = k * step;
    const term = Math.exp(-x * Math.cosh(t)) * Math.cosh(t / 4);
    sum += term;
    if (term <= sum * 1e-18) {
      return sum * step;
    }
  }
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** P of a U as large or larger of two small samples without ties, by counting all orders (Y. Xiao et al., 2006, https://doi.org/10.18637/jss.v017.i08). */
export function cramerVonMisesExactTail(u: number, n: number, m: number): number {
  const multiple = (n * m) / greatestDivisor(n, m);
  const [a, b] = [multiple / n, multiple / m];
  const product = n * m;
  const least = Math.floor((multiple ** 2 * (n + m) * (6 * u - product * (4 * product - 1))) / (6 * product ** 2));
  // Of each pair of counts taken from the samples: how often each value of the statistic comes.
  let row: Map<number, number>[] = [];
  for (let taken = 0; taken <= m; taken += 1) {
    const next: Map<number, number>[] = [];
    let left = new Map<number, number>();
    for (let ofFirst = 0; ofFirst <= n; ofFirst += 1) {
      const above = taken === 0 ? (ofFirst === 0 ? new Map([[0, 1]]) : new Map<number, number>()) : (row[ofFirst] ?? new Map<number, number>());
      const added = (a * ofFirst - b * taken) ** 2;
      const here = new Map<number, number>();
      for (const part of [left, above]) {
        for (const [value, count] of part) {
          here.set(value + added, (here.get(value + added) ?? 0) + count);
        }
      }
      next.push(here);
      left = here;
    }
    row = next;
  }
  let [all, large] = [0, 0];
  for (const [value, count] of row[n] ?? []) {
    all += count;
    large += value >= least ? count : 0;
  }
  return large / all;
}
