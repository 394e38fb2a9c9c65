import { createContext, type VNode } from 'preact';
import { useContext, useLayoutEffect } from 'preact/hooks';
import { useSignal, type Signal } from '@preact/signals';

/** How many components hold the stage that they are in. */
const Holds = createContext<Signal<number> | undefined>(undefined);

/** While `holds`, the stages after the one that this component is in are not drawn yet: what it is waiting for would push them down under the pointer. */
export function useHold(holds: boolean): void {
  const held = useContext(Holds);
  useLayoutEffect(() => {
    if (!holds || held === undefined) {
      return undefined;
    }
    held.value += 1;
    return () => {
      held.value -= 1;
    };
  }, [holds, held]);
}

/** Parts of a page that are drawn one after the other, a frame for each: all at once they would hold it up. */
export function Staged({ parts }: { readonly parts: readonly (() => VNode | null)[] }): VNode {
  const shown = useSignal(1);
  const held = useSignal(0);
  const isComplete = shown.value >= parts.length;
  const waits = held.value > 0;
  useHold(!isComplete || waits);
  useLayoutEffect(() => {
    if (isComplete || waits) {
      return undefined;
    }
    const frame = requestAnimationFrame(() => {
      shown.value += 1;
    });
    return () => {
      cancelAnimationFrame(frame);
    };
  }, [shown.value, isComplete, waits]);
  return <Holds.Provider value={held}>{parts.slice(0, shown.value).map((part) => part())}</Holds.Provider>;
}
