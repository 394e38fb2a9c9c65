import { Problem } from '../../../platform/errors.ts';

/** A filter that cannot be answered. */
export function invalidFilter(message: string): Problem {
  return new Problem('invalid-input', message, { field: 'filter' });
}
