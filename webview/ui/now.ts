import { signal, type ReadonlySignal } from '@preact/signals';

const current = signal(Date.now());
setInterval(() => {
  if (!document.hidden) {
    current.value = Date.now();
  }
}, 5000);

/** Epoch milliseconds, moving on every few seconds while the panel is visible. */
export const now: ReadonlySignal<number> = current;
