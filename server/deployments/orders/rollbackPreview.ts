import type { deployRoutes } from '../../contract/deployments.ts';
import type { ReleaseDifference } from '../../contract/releases.ts';
import type { RouteOutput } from '../../contract/route.ts';
import { readinessOf } from '../endpoints/readiness.ts';
import type { RolloutParts } from '../rollouts/steps/step.ts';
import { answersNow, refusalOf } from './earlierRelease.ts';
import { requireEndpoint } from './order.ts';
import { aimOf } from './rollbackAim.ts';

export type RollbackPreview = RouteOutput<typeof deployRoutes.previewRollback>;

/**
 * What a rollback would change.
 * @param to digest, or the beginning of one; the release before the live one when it is left out
 */
export async function previewRollback(name: string, to: string | undefined, parts: RolloutParts): Promise<RollbackPreview> {
  const { endpoints, rollouts, releases, replicaTable } = parts;
  const endpoint = requireEndpoint(parts, name);
  const { span, from } = aimOf(endpoint, endpoints.spans(name), rollouts.active(name), to);
  const running = replicaTable.list(name);
  const warm = await answersNow(endpoint, span, parts);
  const refusal = endpoint.desired !== 'running' ? `${name} is stopped.` : warm ? undefined : await refusalOf(span, parts);
  const left = from.release ?? endpoint.live?.release ?? span.release;
  return {
    from: left,
    to: span.release,
    toVersion: span.version,
    readiness: refusal === undefined ? readinessOf(span, endpoint, running, releases).readiness : 'unavailable',
    differences: refusal === undefined || warm ? await releases.compare(left, span.release) : await comparedOrNone(releases.compare, left, span.release),
    ...(refusal === undefined ? {} : { refusal }),
  };
}

/** A release that is gone cannot be compared; that it is gone is said already. */
async function comparedOrNone(compare: (from: string, to: string) => Promise<ReleaseDifference[]>, from: string, to: string): Promise<ReleaseDifference[]> {
  try {
    return await compare(from, to);
  } catch {
    return [];
  }
}
