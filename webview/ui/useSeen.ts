import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';

/** Whether an element has come near the visible part of the page; stays true. */
export function useSeen(element: RefObject<Element | null>): boolean {
  const seen = useSignal(false);
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null || seen.value) {
      return undefined;
    }
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) {
          seen.value = true;
          observer.disconnect();
        }
      },
      { rootMargin: '200px' },
    );
    observer.observe(current);
    return () => {
      observer.disconnect();
    };
  }, [element]);
  return seen.value;
}
