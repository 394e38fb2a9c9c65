import { readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import path from 'node:path';

/** Niceness beyond the process's own: about a third of its share of a busy core. */
const behind = 5;

/**
 * Lets the other threads of the process, the event loop among them, go before this one where they want the same core. Only Linux has
 * priorities of threads (https://man7.org/linux/man-pages/man2/setpriority.2.html, "C library/kernel differences").
 */
export function stepBehind(): void {
  if (process.platform !== 'linux') {
    return;
  }
  try {
    const thread = Number(path.basename(readlinkSync('/proc/thread-self')));
    setPriority(thread, Math.min(19, getPriority() + behind));
  } catch {
    // Without /proc it stays as it is.
  }
}
