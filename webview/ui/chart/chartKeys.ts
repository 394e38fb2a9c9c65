import type { ChartRange } from './chartProps.ts';

/** How many points further a key reads. */
export function movedBy(key: string): number | undefined {
  const moves: Partial<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
  return moves[key];
}

/** How much of what is shown stays after one step in. */
const closer = 0.6;
const along = 0.25;

/**
 * What a key shows next: plus and minus zoom around a place, Shift with an arrow moves along, 0 or Escape show all.
 * @returns undefined for all, `none` where the key means nothing here
 */
export function nextRange({ key, shiftKey }: Pick<KeyboardEvent, 'key' | 'shiftKey'>, shown: ChartRange, whole: ChartRange, around: number | undefined): ChartRange | undefined | 'none' {
  const [from, to] = shown;
  const span = to - from;
  const isWhole = from <= whole[0] && to >= whole[1];
  const within = (start: number, wide: number): ChartRange | undefined => {
    if (wide >= whole[1] - whole[0]) {
      return undefined;
    }
    const first = Math.max(whole[0], Math.min(whole[1] - wide, start));
    return [first, first + wide];
  };
  switch (key) {
    case '+':
    case '=':
    case '-':
    case '_': {
      const wide = key === '+' || key === '=' ? span * closer : span / closer;
      const centre = around !== undefined && around >= from && around <= to ? around : (from + to) / 2;
      return span === 0 ? 'none' : within(centre - ((centre - from) / span) * wide, wide);
    }
    case 'ArrowLeft':
    case 'ArrowRight':
      return !shiftKey || isWhole ? 'none' : within(from + span * along * (key === 'ArrowLeft' ? -1 : 1), span);
    case '0':
    case 'Escape':
      return isWhole ? 'none' : undefined;
    default:
      return 'none';
  }
}
