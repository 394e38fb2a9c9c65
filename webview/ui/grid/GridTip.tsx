import type { VNode } from 'preact';
import type { Tip } from './useTooltip.ts';

/** Room that a tooltip of a few lines takes, in CSS pixels. */
const room = 120;
const widest = 420;

/** A tooltip below what it explains, or above where there is no room. Screen readers have the whole text from the cell. */
export function GridTip({ tip, onLeave }: { readonly tip: Tip; readonly onLeave: () => void }): VNode {
  const { text, left, below, above } = tip;
  const place = below + room > innerHeight && above > room ? { bottom: `${innerHeight - above}px` } : { top: `${below}px` };
  return (
    <div class="grid-tip" aria-hidden="true" style={{ left: `${Math.max(4, Math.min(left, innerWidth - widest - 4))}px`, maxWidth: `${widest}px`, ...place }} onPointerLeave={onLeave}>
      {text}
    </div>
  );
}
