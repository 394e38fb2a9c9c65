import type { Signal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

/** While `open` holds: `opened` runs once, and a press or a move of the focus outside of the container closes. */
export function useDismiss(open: Signal<boolean>, container: RefObject<HTMLElement | null>, opened: () => void): void {
  useEffect(() => {
    if (!open.value) {
      return undefined;
    }
    opened();
    const outside = (event: Event): void => {
      if (event.target instanceof Node && container.current?.contains(event.target) !== true) {
        open.value = false;
      }
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
    };
  }, [open.value]);
}
