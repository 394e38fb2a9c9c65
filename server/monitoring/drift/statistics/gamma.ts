/** Lanczos' approximation with g = 7 and nine terms; relative error below 1e-14 (P. Godfrey, https://www.numericana.com/answer/info/godfrey.htm). */
const lanczos = [
  0.999_999_999_999_809_93, 676.520_368_121_885_1, -1259.139_216_722_402_8, 771.323_428_777_653_13, -176.615_029_162_140_59, 12.507_343_278_686_905,
  -0.138_571_095_265_720_12, 9.984_369_578_019_571_6e-6, 1.505_632_735_149_311_6e-7,
];

/** ln Γ(x) for x > 0. */
export function logGamma(x: number): number {
  if (x < 0.5) {
    return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  }
  const base = x + 6.5;
  const sum = lanczos.reduce((all, term, index) => all + (index === 0 ? term : term / (x - 1 + index)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(base) - base + Math.log(sum);
}

const precise = 1e-16;
const mostTerms = 10_000;

/** The regularized upper incomplete gamma function Q(a, x): its series below a + 1, else Lentz's continued fraction (NIST DLMF, 8.7.1 and 8.9.2). */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) {
    return 1;
  }
  if (!Number.isFinite(x)) {
    return 0;
  }
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - scale * lowerSeries(a, x) : scale * upperFraction(a, x);
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < mostTerms && Math.abs(term) > Math.abs(sum) * precise; n += 1) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

function upperFraction(a: number, x: number): number {
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < mostTerms; n += 1) {
    const an = -n * (n - a);
    b += 2;
    d = an * d + b;
    c = b + an / c;
    d = 1 / (Math.abs(d) < tiny ? tiny : d);
    c = Math.abs(c) < tiny ? tiny : c;
    value *= d * c;
    if (Math.abs(d * c - 1) < precise) {
      break;
    }
  }
  return value;
}

/** P(X > x) of a chi-square variable. */
export function chiSquareTail(x: number, degrees: number): number {
  return upperGamma(degrees / 2, x / 2);
}

/** P(|Z| > z) of a normal variable, for z >= 0: erfc(z / √2) = Q(1/2, z²/2). */
export function normalTail(z: number): number {
  return upperGamma(0.5, (z * z) / 2);
}
