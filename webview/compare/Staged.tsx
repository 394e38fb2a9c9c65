import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';

/** Parts of a page that are drawn one after the other, a frame for each: all at once they would hold it up. */
export function Staged({ parts }: { readonly parts: readonly (() => VNode | null)[] }): VNode {
  const shown = useSignal(1);
  useEffect(() => {
    if (shown.value >= parts.length) {
      return undefined;
    }
    const frame = requestAnimationFrame(() => {
      shown.value += 1;
    });
    return () => {
      cancelAnimationFrame(frame);
    };
  }, [shown.value, parts.length]);
  return <>{parts.slice(0, shown.value).map((part) => part())}</>;
}
