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
  const format = Number.isInteger(value) || size >= 10 ** digits ? wholeFormat : significantFormat(digits);
  return format.format(value).replace('-', '−');
}

// Making a format takes longer than using it a hundred times.
const wholeFormat = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const significantFormats = new Map<number, Intl.NumberFormat>();

function significantFormat(digits: number): Intl.NumberFormat {
  const known = significantFormats.get(digits);
  if (known !== undefined) {
    return known;
  }
  const made = new Intl.NumberFormat('en', { maximumSignificantDigits: digits });
  significantFormats.set(digits, made);
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
