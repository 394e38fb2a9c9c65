/** The largest difference of two samples' distribution functions, times the least common multiple of their sizes: a whole number, without rounding. */
export interface KolmogorovDistance {
  readonly steps: number;
  readonly distance: number;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/** Of two sorted samples. */
export function kolmogorovDistance(one: ArrayLike<number>, other: ArrayLike<number>): KolmogorovDistance {
  const divisor = commonDivisor(one.length, other.length);
  const [stepOfOne, stepOfOther] = [other.length / divisor, one.length / divisor];
  let [i, j, steps] = [0, 0, 0];
  while (i < one.length && j < other.length) {
    const value = Math.min(one[i] ?? 0, other[j] ?? 0);
    while (i < one.length && one[i] === value) {
      i += 1;
    }
    while (j < other.length && other[j] === value) {
      j += 1;
    }
    steps = Math.max(steps, Math.abs(i * stepOfOne - j * stepOfOther));
  }
  return { steps, distance: steps / (one.length * stepOfOne) };
}

/**
 * P(D >= the distance) of two samples of one continuous distribution, exactly: the share of lattice paths that leave the band |x/m - y/n| < d
 * (J. Hodges, The significance probability of the Smirnov two-sample test, 1958, https://doi.org/10.1007/BF02589501), as `scipy.stats.ks_2samp`
 * computes it up to 10,000 values. Time is that of the band: up to sizeOfOne times sizeOfOther.
 */
export function kolmogorovExactTail(sizeOfOne: number, sizeOfOther: number, steps: number): number {
  if (steps === 0) {
    return 1;
  }
  const [m, n] = sizeOfOne < sizeOfOther ? [sizeOfOther, sizeOfOne] : [sizeOfOne, sizeOfOther];
  const divisor = commonDivisor(m, n);
  const [mg, ng] = [m / divisor, n / divisor];
  let least = 0;
  let end = Math.min(Math.ceil(steps / mg), n + 1);
  // Cells outside of the band are 1: of each prefix of a path, the share of paths that have left it.
  const column = new Float64Array(Math.min(2 * end + 2, n + 1)).fill(1);
  column.fill(0, least, end);
  let length = end - least;
  for (let i = 1; i <= m; i += 1) {
    const [before, lengthBefore] = [least, length];
    least = Math.min(Math.max(Math.floor((ng * i - steps) / mg) + 1, 0), n);
    end = Math.min(Math.ceil((ng * i + steps) / mg), n + 1);
    if (end <= least) {
      return 1;
    }
    let value = least === 0 ? 0 : 1;
    for (let index = 0; index < end - least; index += 1) {
      const j = index + least;
      value = ((column[index + least - before] ?? 1) * i + value * j) / (i + j);
      column[index] = value;
    }
    length = end - least;
    if (lengthBefore > length) {
      column.fill(1, length, lengthBefore);
    }
  }
  return Math.min(1, Math.max(0, column[end - least - 1] ?? 1));
}

/** P(√n D > x) for many values: 2 Σ (-1)^(k-1) exp(-2k²x²) (N. Smirnov, 1948, https://doi.org/10.1214/aoms/1177730256). */
export function kolmogorovTail(x: number): number {
  if (x < 0.2) {
    return 1;
  }
  let sum = 0;
  for (let k = 1; k <= 100; k += 1) {
    const term = Math.exp(-2 * k * k * x * x);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-17) {
      break;
    }
  }
  return Math.min(1, Math.max(0, 2 * sum));
}
