/** As many entries as MLflow takes in one request. */
export const perRequest = 100;

/** Cuts a list into pieces of at most {@link perRequest}. */
export function lots<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / perRequest) }, (_none, index) => items.slice(index * perRequest, (index + 1) * perRequest));
}
