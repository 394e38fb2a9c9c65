import { useLayoutEffect, useRef } from 'preact/hooks';

interface TooltipEvents {
  readonly onPointerOver: (event: PointerEvent) => void;
  readonly onPointerOut: () => void;
}

/**
 * Gives the element under the pointer its tooltip: on each of hundreds of cells the attribute would have to change with each step of
 * a scroll.
 * @param selector of the elements that have a tooltip
 * @param textOf is asked again while the pointer rests there: other rows may come under it
 */
export function useTooltip(selector: string, textOf: (element: Element) => string | undefined): TooltipEvents {
  const under = useRef<Element | undefined>(undefined);
  const show = (): void => {
    const element = under.current;
    const text = element === undefined ? undefined : textOf(element);
    if (text !== undefined && element?.getAttribute('title') !== text) {
      element?.setAttribute('title', text);
    }
  };
  useLayoutEffect(show);
  const leave = (): void => {
    under.current?.removeAttribute('title');
    under.current = undefined;
  };
  return {
    onPointerOver({ target }) {
      const element = target instanceof Element ? target.closest(selector) : null;
      if (element !== under.current) {
        leave();
        under.current = element ?? undefined;
        show();
      }
    },
    onPointerOut: leave,
  };
}
