import * as grammar from '../../../contract/filter/grammar.ts';
import { FilterSyntaxError } from '../../../contract/filter/tokens.ts';
import { Problem } from '../../../platform/errors.ts';
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

/** An order joins a table an item; SQLite joins 64 at most. */
const mostOrders = 50;

/** @throws Problem `invalid-input` for more items of `order_by` than there may be */
export function checkOrders(items: readonly unknown[]): void {
  if (items.length > mostOrders) {
    throw new Problem('invalid-input', `order_by has ${items.length} items, and ${mostOrders} are the most.`, { field: 'order_by' });
  }
}

/** {@link parseOrder} of each item. @throws Problem `invalid-input`, also for too many */
export function parseOrders(items: readonly string[]): grammar.Order[] {
  checkOrders(items);
  return items.map(parseOrder);
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
