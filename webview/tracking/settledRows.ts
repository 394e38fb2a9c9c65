import { effect, signal, type ReadonlySignal } from '@preact/signals';
import type { CompareStore } from './store.ts';

const quietMilliseconds = 250;

/**
 * The same store for the charts, which are drawn once all rows are there, and again only when these have stayed as they are for a moment:
 * to draw a thousand points would hold up the table that is being sorted or filtered.
 */
export function withSettledRows(store: CompareStore): CompareStore {
  const { complete } = store.source;
  return { ...store, rows: settled(store.rows, complete), fields: settled(store.fields, complete) };
}

function settled<T>(source: ReadonlySignal<T>, complete: ReadonlySignal<boolean>): ReadonlySignal<T> {
  const last = signal(source.peek());
  let isFirst = true;
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const next = source.value;
    clearTimeout(timer);
    if (!complete.value) {
      return;
    }
    if (isFirst) {
      isFirst = false;
      last.value = next;
      return;
    }
    timer = setTimeout(() => {
      last.value = next;
    }, quietMilliseconds);
  });
  return last;
}
