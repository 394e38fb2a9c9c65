import { useLayoutEffect, useReducer, useRef } from 'preact/hooks';
import { Virtualizer, elementScroll, observeElementOffset, observeElementRect, type VirtualizerOptions } from '@tanstack/virtual-core';

type Options = Pick<VirtualizerOptions<HTMLElement, HTMLElement>, 'count' | 'getScrollElement' | 'estimateSize' | 'rangeExtractor'> &
  Partial<Pick<VirtualizerOptions<HTMLElement, HTMLElement>, 'horizontal' | 'overscan' | 'paddingStart' | 'scrollPaddingStart'>>;

/**
 * Which items of a long list are in view.
 * @param sizes changes when the sizes of items have changed.
 */
export function useVirtual(options: Options, sizes: string): Virtualizer<HTMLElement, HTMLElement> {
  const [, rerender] = useReducer((count: number, _: undefined) => count + 1, 0);
  const all: VirtualizerOptions<HTMLElement, HTMLElement> = {
    ...options,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => {
      rerender(undefined);
    },
  };
  const made = useRef<Virtualizer<HTMLElement, HTMLElement> | undefined>(undefined);
  made.current ??= new Virtualizer(all);
  const instance = made.current;
  instance.setOptions(all);
  useLayoutEffect(() => instance._didMount(), [instance]);
  useLayoutEffect(() => {
    instance._willUpdate();
  });
  const before = useRef(sizes);
  if (before.current !== sizes) {
    before.current = sizes;
    instance.measure();
  }
  return instance;
}
