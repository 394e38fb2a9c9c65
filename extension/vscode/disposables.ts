import type { Disposable } from 'vscode';

/** Things to dispose together, in reverse order. What is added after the disposal is disposed at once. */
export interface Disposables extends Disposable {
  add<T extends Disposable>(disposable: T): T;
}

export function createDisposables(): Disposables {
  const held: Disposable[] = [];
  let disposed = false;
  return {
    add(disposable) {
      if (disposed) {
        disposable.dispose();
      } else {
        held.push(disposable);
      }
      return disposable;
    },
    dispose() {
      disposed = true;
      for (const disposable of held.splice(0).reverse()) {
        disposable.dispose();
      }
    },
  };
}
