import { standsForInfinity, type MetricValue } from './values.ts';

/** How JSON carries a double: NaN and the infinities by name. */
export function toWire(value: number): MetricValue {
  if (Number.isFinite(value)) {
    return value;
  }
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

/** A double from JSON: a number, or text that names one. Undefined for anything else. */
export function fromWire(value: unknown): number | undefined {
  if (typeof value === 'number') {
    return value;
  }
  if (typeof value !== 'string' || value.trim() === '') {
    return undefined;
  }
  switch (value.toLowerCase()) {
    case 'nan':
      return Number.NaN;
    case 'infinity':
    case 'inf':
      return Number.POSITIVE_INFINITY;
    case '-infinity':
    case '-inf':
      return Number.NEGATIVE_INFINITY;
    default: {
      const number = Number(value);
      return Number.isNaN(number) ? undefined : number;
    }
  }
}

/** The double that travels by name when it is not finite, or as the greatest one when it is infinite. */
export function numberOf(value: MetricValue): number {
  const number = Number(value);
  return standsForInfinity(number) ? Math.sign(number) * Infinity : number;
}
