import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';

/** Width of an element in CSS pixels, as it changes; 0 until it is laid out. */
export function useWidth(element: RefObject<Element | null>): number {
  const width = useSignal(0);
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null) {
      return undefined;
    }
    width.value = Math.round(current.clientWidth);
    const observer = new ResizeObserver(() => {
      width.value = Math.round(current.clientWidth);
    });
    observer.observe(current);
    return () => {
      observer.disconnect();
    };
  }, [element]);
  return width.value;
}
