/** A set with the item where it had none, without it where it had one. */
export function toggledSet<T>(set: ReadonlySet<T>, item: T): Set<T> {
  const next = new Set(set);
  if (!next.delete(item)) {
    next.add(item);
  }
  return next;
}
