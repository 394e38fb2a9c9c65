/** The shape of a tensor as `[?, 28, 28]`: a question mark where the length varies, as it does for the rows. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.map((size) => (size < 0 ? '?' : size)).join(', ')}]`;
}
