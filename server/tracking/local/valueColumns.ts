/** The double that two columns hold: SQLite has no NaN, so it is 0 with a flag. Infinities are stored as they come in. */
export function readValue(value: number, nan: number): number {
  return nan === 0 ? value : Number.NaN;
}
