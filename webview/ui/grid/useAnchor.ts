import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * Keeps the rows that are in view where they are when others come, go or change places above them. At the top, what is new is seen.
 * @param arrangement changes when a user has put the rows in another order: then the scroll position stays instead
 * @param rowHeight CSS pixels
 */
export function useAnchor<R>(scroller: RefObject<HTMLElement | null>, rows: readonly R[], rowId: (row: R) => string, arrangement: unknown, rowHeight: number): void {
  const before = useRef({ rows, arrangement });
  useLayoutEffect(() => {
    const last = before.current;
    before.current = { rows, arrangement };
    const element = scroller.current;
    if (element === null || element.scrollTop === 0 || last.rows === rows || last.arrangement !== arrangement) {
      return;
    }
    const top = Math.floor(element.scrollTop / rowHeight);
    const anchor = last.rows[top];
    const row = anchor === undefined ? -1 : rows.findIndex((other) => rowId(other) === rowId(anchor));
    if (row >= 0 && row !== top) {
      element.scrollTop += (row - top) * rowHeight;
    }
  }, [rows, arrangement]);
}
