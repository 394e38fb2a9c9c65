const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Lengths of windows in milliseconds, the shortest first: each is a whole number of the one before. Windows begin at multiples of their length since 1970. */
export const levels: readonly number[] = [minute, 5 * minute, hour, day];

/** Values that are drawn from a numeric column of a window of this length, at most. */
export function sampleLimit(span: number): number {
  // The values of many days are read at once.
  return span === hour ? 512 : 256;
}

/** The next longer level; undefined above the longest. */
export function levelAbove(span: number): number | undefined {
  return levels.find((level) => level > span);
}

/** The next shorter level; undefined below the shortest. */
export function levelBelow(span: number): number | undefined {
  return levels.findLast((level) => level < span);
}

export function startOf(at: number, span: number): number {
  return at - (at % span);
}

/** Spans up to so long are read by windows of the level, which are enough of them for charts, for three parts and for the values that are drawn. */
const readBy: readonly { readonly upTo: number; readonly ends: number; readonly columns: number }[] = [
  { upTo: 3 * hour, ends: minute, columns: 5 * minute },
  { upTo: 12 * hour, ends: 5 * minute, columns: 5 * minute },
  { upTo: 3 * day, ends: 5 * minute, columns: hour },
  { upTo: 7 * day, ends: hour, columns: day },
];

/** How a span is read: widened to whole windows of `ends` at its end, and of `begins` at its beginning; its columns from windows no longer than `columns`, where there are such. */
export interface SpanReading {
  readonly from: number;
  readonly to: number;
  /** The longest windows of its traffic. */
  readonly ends: number;
  readonly columns: number;
}

/** @param span epoch milliseconds */
export function readingOf(span: { readonly from: number; readonly to: number }): SpanReading {
  const length = span.to - span.from;
  const { ends, columns } = readBy.find(({ upTo }) => length <= upTo) ?? { ends: hour, columns: day };
  const from = startOf(span.from, length > 7 * day ? day : ends);
  return { from, to: Math.max(from + ends, Math.ceil(span.to / ends) * ends), ends, columns };
}
