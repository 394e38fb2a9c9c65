import { useRef } from 'preact/hooks';

/** One element that draws a part of a long list. */
export interface Slot {
  readonly key: string;
  readonly index: number;
}

/**
 * Elements for what is drawn of a long list, such that scrolling fills those that left the view with what comes into it: to make new
 * ones, or to move one to another place of the document, takes far longer than to change a text.
 * @param drawn indexes, ascending and without gaps, but for `apart`
 * @param apart the one index that may be drawn far from the others
 * @param scrolling keeps elements in their places; at rest they stand in the order of the list, as screen readers read them
 * @returns the same array until something of it changes
 */
export function useSlots(drawn: readonly number[], apart: number, scrolling: boolean): readonly Slot[] {
  const before = useRef<readonly Slot[]>([]);
  const isApart = drawn.includes(apart) && !drawn.includes(apart - 1) && !drawn.includes(apart + 1);
  const count = drawn.length - (isApart ? 1 : 0);
  const slots = drawn.map((index): Slot => ({ index, key: isApart && index === apart ? 'apart' : String(index % count) }));
  const ordered = scrolling ? inPlaces(slots, before.current) : slots;
  const same = ordered.length === before.current.length && ordered.every(({ key, index }, place) => before.current[place]?.key === key && before.current[place].index === index);
  before.current = same ? before.current : ordered;
  return before.current;
}

function inPlaces(slots: readonly Slot[], places: readonly Slot[]): readonly Slot[] {
  const byKey = new Map(slots.map((slot) => [slot.key, slot]));
  const known = new Set(places.map(({ key }) => key));
  return [...places.flatMap(({ key }) => byKey.get(key) ?? []), ...slots.filter(({ key }) => !known.has(key))];
}
