import type { Run } from '../../server/contract/tracking.ts';
import type { Field } from './field.ts';

export interface RunOrder {
  readonly field: string;
  readonly descending: boolean;
}

/** Runs in the wanted order, the first criterion first; runs without a value come last, ties keep their order. */
export function sortRuns(runs: readonly Run[], fields: readonly Field[], orders: readonly RunOrder[]): readonly Run[] {
  const criteria = orders.flatMap(({ field: id, descending }) => {
    const field = fields.find((item) => item.id === id);
    return field === undefined ? [] : [{ values: runs.map(field.order), sign: descending ? -1 : 1 }];
  });
  if (criteria.length === 0) {
    return runs;
  }
  const places = runs.map((_, index) => index).sort((a, b) => {
    for (const { values, sign } of criteria) {
      const compared = compareValues(values[a], values[b], sign);
      if (compared !== 0) {
        return compared;
      }
    }
    return a - b;
  });
  return places.flatMap((place) => runs[place] ?? []);
}

/** Undefined comes last either way. */
export function compareValues(left: number | undefined, right: number | undefined, sign: number): number {
  if (left === undefined || right === undefined) {
    return left === right ? 0 : left === undefined ? 1 : -1;
  }
  // The difference of two equal infinities is not a number.
  return left === right ? 0 : sign * (left < right ? -1 : 1);
}

/**
 * The order after a header was used: its column first goes its usual way, then the other way, then it is left out.
 * @param extend keeps the other criteria
 */
export function nextOrder(orders: readonly RunOrder[], field: string, usuallyDescending: boolean, extend: boolean): readonly RunOrder[] {
  const current = orders.find((order) => order.field === field);
  const others = extend ? orders : orders.filter((order) => order.field === field);
  if (current === undefined) {
    return [...others, { field, descending: usuallyDescending }];
  }
  return current.descending === usuallyDescending
    ? others.map((order) => (order.field === field ? { field, descending: !usuallyDescending } : order))
    : others.filter((order) => order.field !== field);
}
