import { useMemo } from 'preact/hooks';
import type { DrawnColumn } from './GridRow.tsx';
import { pinnedClass, type PlacedColumn } from './headProps.ts';
import type { Slot } from './useSlots.ts';

/**
 * The columns that rows draw: pinned ones, then those of the slots. It is the same object as long as an element draws the same column: its
 * cells then stay as they are.
 * @param pinned how many of them stay in view
 */
export function useDrawnColumns<R>(all: readonly PlacedColumn<R>[], pinned: number, slots: readonly Slot[]): readonly DrawnColumn<R>[] {
  const places = useMemo(() => new Map<string, DrawnColumn<R>>(), [all]);
  return useMemo((): readonly DrawnColumn<R>[] => {
    const drawnAt = (key: string, one: PlacedColumn<R>): DrawnColumn<R> => {
      const { column, index } = one;
      const known = places.get(key);
      const className = ['grid-cell', column.numeric === true ? 'number' : '', column.render === undefined ? '' : 'grid-rich', pinnedClass(index, pinned)].filter((part) => part !== '').join(' ');
      const place = known?.index === index ? known : { ...one, key, className };
      places.set(key, place);
      return place;
    };
    return [
      ...all.slice(0, pinned).map((one) => drawnAt(`pinned ${one.index}`, one)),
      ...slots.flatMap(({ key, index }) => {
        const one = all[index + pinned];
        return one === undefined ? [] : [drawnAt(key, one)];
      }),
    ];
  }, [all, slots]);
}
