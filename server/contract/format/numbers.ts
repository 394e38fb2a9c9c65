import { standsForInfinity } from '../values.ts';

/** A number with at most `digits` significant digits; whole numbers keep all of theirs. */
export function formatNumber(value: number, digits = 4): string {
  if (Number.isNaN(value)) {
    return 'NaN';
  }
  if (standsForInfinity(value)) {
    return value > 0 ? '∞' : '−∞';
  }
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) {
    return value.toExponential(digits - 1).replace(/\.?0+e/, 'e').replace('e+', 'e').replace(/-/g, '−');
  }
  const format = Number.isInteger(value) || size >= 10 ** digits ? formatOf('whole') : formatOf(digits);
  return format.format(value).replace('-', '−');
}

/** Making a format takes longer than using it a hundred times, and the first one 15 ms: no program that starts should wait for it. */
const formats = new Map<'whole' | number, Intl.NumberFormat>();

/** @param digits significant ones, or `whole` for none behind the point */
function formatOf(digits: 'whole' | number): Intl.NumberFormat {
  const known = formats.get(digits);
  if (known !== undefined) {
    return known;
  }
  const made = new Intl.NumberFormat('en', digits === 'whole' ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: digits });
  formats.set(digits, made);
  return made;
}

/** A share between 0 and 1 in percent; a share that is not 0 never reads as 0. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.01) {
    return '<0.01%';
  }
  return `${formatNumber(percent, percent >= 10 ? 3 : 2)}%`;
}
