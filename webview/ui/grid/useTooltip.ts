import { useEffect, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';

/** What a tooltip says and where, in CSS pixels of the window. */
export interface Tip {
  readonly text: string;
  readonly left: number;
  /** Lower and upper edge of what it explains. */
  readonly below: number;
  readonly above: number;
}

interface Tooltip {
  readonly tip: Tip | undefined;
  readonly hide: () => void;
  /** What it explains has been moved. */
  readonly onScroll: () => void;
  readonly events: {
    readonly onPointerOver: (event: PointerEvent) => void;
    readonly onPointerOut: (event: PointerEvent) => void;
  };
}

interface TooltipOptions {
  /** Of the elements that may have a tooltip. */
  readonly selector: string;
  /** Undefined where there is nothing to tell. */
  readonly textOf: (element: Element) => string | undefined;
  /** Id of the element that keys act on. */
  readonly activeId: string;
  /** Of the element that the tooltip is drawn as. */
  readonly tipSelector: string;
}

/** Neither a pointer that passes nor an arrow key that is held down brings tooltips up. */
const restMilliseconds = 400;

/**
 * One tooltip for all elements under the pointer, and for the active one after a key: hundreds of cells with an attribute each would
 * have to change it with each step of a scroll. The pointer may go onto it (https://www.w3.org/TR/WCAG22/#content-on-hover-or-focus).
 */
export function useTooltip({ selector, textOf, activeId, tipSelector }: TooltipOptions): Tooltip {
  const tip = useSignal<Tip | undefined>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const wanted = useRef<(() => Element | null | undefined) | undefined>(undefined);
  const under = useRef<Element | undefined>(undefined);
  const ask = useRef(textOf);
  ask.current = textOf;

  const hide = (): void => {
    clearTimeout(timer.current);
    wanted.current = undefined;
    under.current = undefined;
    tip.value = undefined;
  };
  const showSoon = (find: () => Element | null | undefined): void => {
    clearTimeout(timer.current);
    wanted.current = find;
    timer.current = setTimeout(() => {
      wanted.current = undefined;
      const element = find();
      const text = element?.isConnected === true ? ask.current(element) : undefined;
      if (element === null || element === undefined || text === undefined) {
        return;
      }
      const { left, top, bottom } = element.getBoundingClientRect();
      tip.value = { text, left, below: bottom, above: top };
    }, restMilliseconds);
  };

  const last = useRef(activeId);
  useEffect(() => {
    const moved = last.current !== activeId;
    last.current = activeId;
    const active = document.getElementById(activeId);
    if (moved && active?.closest(':focus-visible') !== null) {
      hide();
      showSoon(() => document.getElementById(activeId));
    }
  }, [activeId]);
  useEffect(() => hide, []);

  return {
    tip: tip.value,
    hide,
    onScroll() {
      const find = wanted.current;
      if (find === undefined) {
        hide();
      } else {
        // A key has brought its cell into view.
        showSoon(find);
      }
    },
    events: {
      onPointerOver({ target }) {
        const element = target instanceof Element ? target.closest(selector) : null;
        if (element !== null && element !== under.current) {
          hide();
          under.current = element;
          showSoon(() => under.current);
        }
      },
      onPointerOut({ relatedTarget }) {
        if (!(relatedTarget instanceof Element) || relatedTarget.closest(`${selector}, ${tipSelector}`) === null) {
          hide();
        }
      },
    },
  };
}
