import type { RefObject } from 'preact';
import { useSignalEffect, type Signal } from '@preact/signals';

/**
 * A field for a filter that is written into only when the filter is changed elsewhere: what is being typed is never drawn over with what
 * stood there a moment ago.
 * @returns writes into the field as well as into the filter
 */
export function useTypedFilter(filter: Signal<string>, field: RefObject<HTMLInputElement | null>): (wanted: string) => void {
  const show = (wanted: string): void => {
    if (field.current !== null && field.current.value !== wanted) {
      field.current.value = wanted;
    }
  };
  useSignalEffect(() => {
    show(filter.value);
  });
  return (wanted) => {
    show(wanted);
    filter.value = wanted;
  };
}
