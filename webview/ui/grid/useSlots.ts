import { useRef } from 'preact/hooks';

/**
 * Keys for what is drawn of a long list, such that scrolling fills the elements that left the view with what comes into it: making
 * new ones is what takes long.
 * @param drawn indexes, ascending and without gaps, but for `apart`
 * @param apart the one index that may be drawn far from the others
 */
export function useSlots(drawn: readonly number[], apart: number): (index: number) => string {
  const most = useRef(1);
  const isApart = drawn.includes(apart) && !drawn.includes(apart - 1) && !drawn.includes(apart + 1);
  most.current = Math.max(most.current, drawn.length - (isApart ? 1 : 0));
  const slots = most.current;
  return (index) => (isApart && index === apart ? 'apart' : String(index % slots));
}
