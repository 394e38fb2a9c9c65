import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';

/** Whether the panel is narrower than so many CSS pixels, followed as it is resized. */
export function useNarrow(below: number): boolean {
  const narrow = useSignal(innerWidth < below);
  useEffect(() => {
    const query = matchMedia(`(width < ${below}px)`);
    const follow = (): void => {
      narrow.value = query.matches;
    };
    follow();
    query.addEventListener('change', follow);
    return () => {
      query.removeEventListener('change', follow);
    };
  }, [below]);
  return narrow.value;
}
