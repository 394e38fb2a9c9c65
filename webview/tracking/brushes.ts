import { isRecord } from '../../server/contract/values.ts';
import { isNumber } from '../ui/storage.ts';

/** Shares of an axis, from 0 (bottom) to 1. */
export type Span = readonly [number, number];

/** The brushed part of each axis, by the id of its field. */
export type Brushes = Readonly<Record<string, Span>>;

export function isBrushes(value: unknown): value is Brushes {
  return isRecord(value) && Object.values(value).every((span) => Array.isArray(span) && span.length === 2 && span.every(isNumber));
}

export function withBrush(brushes: Brushes, id: string, span: Span | undefined): Brushes {
  const others = Object.fromEntries(Object.entries(brushes).filter(([other]) => other !== id));
  return span === undefined ? others : { ...others, [id]: span };
}

const stride = 0.05;
const firstShare = 0.25;

/**
 * What a key makes of a brush: up and down move it, with Shift its upper end; the first press begins at that end of the axis.
 * @returns undefined for no brush, `none` where the key means nothing here
 */
export function brushByKey({ key, shiftKey }: Pick<KeyboardEvent, 'key' | 'shiftKey'>, span: Span | undefined): Span | undefined | 'none' {
  if (key === 'Delete' || key === 'Backspace' || key === 'Escape') {
    return span === undefined ? 'none' : undefined;
  }
  const up = key === 'ArrowUp';
  if (!up && key !== 'ArrowDown') {
    return 'none';
  }
  if (span === undefined) {
    return up ? [1 - firstShare, 1] : [0, firstShare];
  }
  const [low, high] = span;
  const by = up ? stride : -stride;
  if (shiftKey) {
    return [low, Math.min(1, Math.max(low + stride, high + by))];
  }
  const wide = high - low;
  const start = Math.min(1 - wide, Math.max(0, low + by));
  return [start, start + wide];
}
