import { standsForInfinity, type MetricValue } from '../../server/contract/values.ts';

/** `0.9134`, `12,345`, `1.2e-7`: at most four significant digits of a fraction. */
export function asMetric(value: MetricValue): string {
  const number = Number(value);
  if (standsForInfinity(number)) {
    return number > 0 ? '∞' : '−∞';
  }
  if (typeof value === 'string') {
    return value;
  }
  if (Number.isInteger(value)) {
    return value.toLocaleString('en-US');
  }
  const size = Math.abs(value);
  return size >= 1e6 || size < 1e-3 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}

/** Text that Markdown takes literally. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>~]/g, '\\$&');
}
