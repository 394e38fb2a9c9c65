import type { Disposable } from 'vscode';

/** Calls that come close together, made one a subject. */
export interface Coalesced<K> extends Disposable {
  /** Works on the subject soon; calls until then are the same one. */
  soon(subject: K): void;
}

export function coalesce<K>(milliseconds: number, work: (subject: K) => void): Coalesced<K> {
  const waiting = new Map<K, NodeJS.Timeout>();
  return {
    soon(subject) {
      if (!waiting.has(subject)) {
        const timer = setTimeout(() => {
          waiting.delete(subject);
          work(subject);
        }, milliseconds);
        waiting.set(subject, timer);
      }
    },
    dispose() {
      waiting.forEach((timer) => clearTimeout(timer));
      waiting.clear();
    },
  };
}
