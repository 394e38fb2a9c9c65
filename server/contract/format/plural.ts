import { formatNumber } from './numbers.ts';

/** `1 run`, `3,000 runs`, `2 metrics were`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}
