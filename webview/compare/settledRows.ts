import { effect, signal, type ReadonlySignal } from '@preact/signals';
import type { CompareStore } from './store.ts';

const quietMilliseconds = 250;

/**
 * The same store for the charts, which are drawn again only once the rows have stayed as they are for a moment: to draw a thousand lines
 * would hold up the table that is being sorted or filtered.
 */
export function withSettledRows(store: CompareStore): CompareStore {
  return { ...store, rows: settled(store.rows), fields: settled(store.fields) };
}

function settled<T>(source: ReadonlySignal<T>): ReadonlySignal<T> {
  const last = signal(source.peek());
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const next = source.value;
    clearTimeout(timer);
    timer = setTimeout(() => {
      last.value = next;
    }, quietMilliseconds);
  });
  return last;
}
