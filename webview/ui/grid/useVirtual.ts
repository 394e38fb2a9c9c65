import { useLayoutEffect, useReducer, useRef } from 'preact/hooks';
import { Virtualizer, defaultRangeExtractor, elementScroll, observeElementOffset, observeElementRect, type VirtualizerOptions } from '@tanstack/virtual-core';

type Options = Pick<VirtualizerOptions<HTMLElement, HTMLElement>, 'count' | 'getScrollElement' | 'estimateSize'> &
  Partial<Pick<VirtualizerOptions<HTMLElement, HTMLElement>, 'horizontal' | 'overscan' | 'paddingStart' | 'scrollPaddingStart'>>;

/**
 * Which items of a long list are in view. Once so many are drawn, they do not become fewer: elements that came and went with each
 * step of a scroll would cost more than they show.
 * @param apart the one item that is drawn also where it is out of view; -1 for none
 * @param sizes changes when the sizes of items have changed.
 */
export function useVirtual(options: Options, apart: number, sizes: string): Virtualizer<HTMLElement, HTMLElement> {
  const [, rerender] = useReducer((count: number, _: undefined) => count + 1, 0);
  const most = useRef({ of: '', count: 0 });
  const all: VirtualizerOptions<HTMLElement, HTMLElement> = {
    ...options,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    rangeExtractor: (range) => {
      const { width, height } = made.current?.scrollRect ?? { width: 0, height: 0 };
      const of = `${width} ${height} ${sizes}`;
      const found = defaultRangeExtractor(range);
      most.current = { of, count: Math.max(found.length, most.current.of === of ? most.current.count : 0) };
      return withApart(filled(found, most.current.count, options.count), apart, options.count);
    },
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

/** As many items as wanted, those behind the range first. */
function filled(range: readonly number[], wanted: number, count: number): readonly number[] {
  const from = Math.max(0, Math.min(range[0] ?? 0, count - wanted));
  return Array.from({ length: Math.min(wanted, count) }, (_, place) => from + place);
}

function withApart(range: readonly number[], index: number, count: number): number[] {
  return index < 0 || index >= count || range.includes(index) ? [...range] : [...range, index].sort((a, b) => a - b);
}
