import { existsSync } from 'node:fs';
import type { EndpointRelease } from '../../contract/deployments.ts';
import { samePlace } from '../replicas/chosen.ts';
import type { Releases } from '../replicas/ports.ts';
import type { ReplicaRecord } from '../replicas/replicaTable.ts';
import type { EndpointRecord, LiveSpanRecord } from './endpointTable.ts';

/** Whether so many replicas of a past release run as the endpoint has: going back to it is a change of route only. */
export function isWarm(span: LiveSpanRecord, { replicaCount }: EndpointRecord, replicas: readonly ReplicaRecord[]): boolean {
  const ready = replicas.filter((replica) => replica.state === 'ready' && !replica.retiring && samePlace(replica, span));
  return ready.length >= replicaCount;
}

/** How fast a past release can be back, as far as can be said without reading its files. */
export function readinessOf(
  span: LiveSpanRecord,
  endpoint: EndpointRecord,
  replicas: readonly ReplicaRecord[],
  releases: Pick<Releases, 'facts' | 'folder'>,
): Pick<EndpointRelease, 'readiness' | 'reason'> {
  if (endpoint.live?.release === span.release && endpoint.target === span.target) {
    return { readiness: 'live' };
  }
  if (isWarm(span, endpoint, replicas)) {
    return { readiness: 'warm' };
  }
  const facts = releases.facts(span.release);
  if (facts === undefined) {
    return { readiness: 'unavailable', reason: `There is no release ${span.release}.` };
  }
  return existsSync(releases.folder(span.release))
    ? { readiness: 'cold' }
    : { readiness: 'unavailable', reason: `Its files were pruned. Deploy version ${facts.model.version} of ${facts.model.name} again.` };
}
