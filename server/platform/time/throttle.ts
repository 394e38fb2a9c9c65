/** Calls for each key at once, then at most once in a time; a call that was held back follows, with what was said last. */
export interface Throttle<Value> {
  call(key: string, value: Value): void;
  /** Forgets what is held back. */
  stop(): void;
}

interface Held<Value> {
  readonly timer: NodeJS.Timeout;
  again: { readonly value: Value } | undefined;
}

export function createThrottle<Value = undefined>(milliseconds: number, call: (key: string, value: Value) => void): Throttle<Value> {
  const held = new Map<string, Held<Value>>();
  const run = (key: string, value: Value): void => {
    call(key, value);
    const timer = setTimeout(() => {
      const again = held.get(key)?.again;
      held.delete(key);
      if (again !== undefined) {
        run(key, again.value);
      }
    }, milliseconds);
    held.set(key, { timer: timer.unref(), again: undefined });
  };
  return {
    call(key, value) {
      const waiting = held.get(key);
      if (waiting === undefined) {
        run(key, value);
      } else {
        waiting.again = { value };
      }
    },
    stop() {
      held.forEach(({ timer }) => clearTimeout(timer));
      held.clear();
    },
  };
}
