import type { Endpoint } from './deployments.ts';
import type { AliasMove } from './registry.ts';

/** A release of the version that an alias named, live on an endpoint at that time. */
export interface ServedThen {
  readonly endpoint: string;
  readonly release: string;
  readonly liveFrom: number;
  readonly liveUntil: number | undefined;
}

/** Where the version that an alias named was live while it did, the latest first. Endpoints that were deleted are not known any more. */
export function servedDuring({ version, from, until }: AliasMove, model: string, endpoints: readonly Endpoint[]): ServedThen[] {
  return endpoints
    .filter((endpoint) => endpoint.model === model)
    .flatMap(({ name, history }) =>
      history
        .filter(({ modelVersion, liveFrom, liveUntil }) => modelVersion === version && (liveUntil ?? Number.POSITIVE_INFINITY) > from && (until === undefined || liveFrom < until))
        .map(({ release, liveFrom, liveUntil }) => ({ endpoint: name, release, liveFrom, liveUntil })),
    )
    .sort((a, b) => b.liveFrom - a.liveFrom);
}
