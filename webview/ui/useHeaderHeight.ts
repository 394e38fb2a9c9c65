import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';

/** Tells the styles of an element's parent how tall it is, as `--header-height`: what stays below a header that stays at the top has to know. */
export function useHeaderHeight(header: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const { current } = header;
    const parent = current?.parentElement;
    if (current === null || parent === null || parent === undefined) {
      return undefined;
    }
    const observer = new ResizeObserver(() => {
      parent.style.setProperty('--header-height', `${current.offsetHeight}px`);
    });
    observer.observe(current);
    return () => {
      observer.disconnect();
    };
  }, []);
}
