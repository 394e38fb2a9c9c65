/** Round numbers between two others, 1, 2, 2.5 or 5 times a power of ten apart. */
export function niceSteps(low: number, high: number, wanted = 5): number[] {
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** Round numbers on a logarithmic axis, both ends positive: powers of ten, with 2 and 5 times them where there is room. */
export function logSteps(low: number, high: number, most = 6): number[] {
  const decades = Math.log10(high / low);
  if (decades < 1) {
    return niceSteps(low, high, Math.min(most, 4));
  }
  const factors = decades * 3 <= most ? [1, 2, 5] : [1];
  const apart = Math.max(1, Math.ceil(decades / most));
  const from = Math.floor(Math.log10(low));
  const powers = Array.from({ length: Math.ceil(decades) + 2 }, (_, index) => from + index).filter((power) => power % apart === 0);
  return powers.flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`))).filter((step) => step >= low && step <= high);
}

const second = 1;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Distances in seconds at which ticks of a duration stand. */
export const durationSteps: readonly number[] = [
  ...[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5].map((part) => part * second),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * second),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * minute),
  ...[1, 2, 3, 6, 12].map((count) => count * hour),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((count) => count * day),
];
