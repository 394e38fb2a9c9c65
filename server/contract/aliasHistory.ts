import type { LiveSpan } from './deployments.ts';
import type { AliasMove } from './registry.ts';

/**
 * Where the version that an alias named was live while it did.
 * @param spans of the alias's model, the latest first; endpoints that were deleted are not known any more
 */
export function servedDuring({ version, from, until }: AliasMove, spans: readonly LiveSpan[]): LiveSpan[] {
  return spans.filter(({ modelVersion, liveFrom, liveUntil }) => modelVersion === version && (liveUntil ?? Number.POSITIVE_INFINITY) > from && (until === undefined || liveFrom < until));
}
