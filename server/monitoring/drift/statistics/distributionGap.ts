/** The integral of a function of the difference of two sorted samples' distribution functions. */
export function integrateGap(one: Float64Array, other: Float64Array, weigh: (gap: number) => number): number {
  let [i, j, integral] = [0, 0, 0];
  let at = Math.min(one[0] ?? 0, other[0] ?? 0);
  while (i < one.length || j < other.length) {
    const next = Math.min(one[i] ?? Infinity, other[j] ?? Infinity);
    integral += weigh(i / one.length - j / other.length) * (next - at);
    at = next;
    while (one[i] === at) {
      i += 1;
    }
    while (other[j] === at) {
      j += 1;
    }
  }
  return integral;
}
