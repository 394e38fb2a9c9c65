import * as grammar from '../../../contract/filter/grammar.ts';
import { FilterSyntaxError } from '../../../contract/filter/tokens.ts';
import { invalidFilter } from './tokens.ts';

export type { Clause, Operator, Order, Subject, Value } from '../../../contract/filter/grammar.ts';

/**
 * Parses a filter, undefined for an empty one.
 * @throws Problem `invalid-input` that quotes what cannot be read
 */
export function parseFilter(filter: string | undefined): grammar.Clause | undefined {
  return refusing(() => grammar.parseFilter(filter));
}

/**
 * Parses one `order_by` item: a name, then nothing, ASC or DESC.
 * @throws Problem `invalid-input` that quotes what cannot be read
 */
export function parseOrder(item: string): grammar.Order {
  return refusing(() => grammar.parseOrder(item));
}

/** A literal of the filter grammar. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function refusing<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof FilterSyntaxError ? invalidFilter(error.message) : error;
  }
}
