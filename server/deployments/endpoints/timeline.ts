import type { CallOutput } from '../../contract/api.ts';
import type { AuditEntry } from '../../contract/governance.ts';
import type { LiveTime } from '../../contract/timeline.ts';
import { entriesOf, type AuditLog } from '../../governance/auditLog.ts';
import type { Releases, RequestLog } from '../replicas/ports.ts';
import type { Bringing, RolloutTable } from '../rollouts/rolloutTable.ts';
import { isAutomatic } from '../rollouts/toRollout.ts';
import type { EndpointRecord, EndpointTable, LiveSpanRecord } from './endpointTable.ts';
import { releaseOfSpan } from './toEndpoint.ts';

export interface TimelineSources {
  readonly endpoints: Pick<EndpointTable, 'spans'>;
  readonly rollouts: Pick<RolloutTable, 'bringing'>;
  readonly releases: Pick<Releases, 'facts'>;
  readonly requestLog: Pick<RequestLog, 'liveTraffic'>;
  readonly audit: Pick<AuditLog, 'list'>;
}

const stop = 'endpoint.stopped';
/** A deploy starts a stopped endpoint as well. */
const starts = ['endpoint.started', 'deploy.requested'];

interface Interval {
  readonly from: number;
  readonly until: number;
}

/** Every time that a release of an endpoint was live, the newest first, from the history, the rollouts, the audit log and the windows of its traffic. */
export async function timelineOf({ name }: Pick<EndpointRecord, 'name'>, { endpoints, rollouts, releases, requestLog, audit }: TimelineSources): Promise<CallOutput<'getTimeline'>> {
  const spans = endpoints.spans(name);
  if (spans.length === 0) {
    return { times: [] };
  }
  const traffic = await requestLog.liveTraffic({ endpoint: name, spans: spans.map(({ release, from, until }) => ({ release, from, until })) });
  const bringing = rollouts.bringing(name);
  const now = Date.now();
  const stops = stopsOf(entriesOf(audit, name, [stop, ...starts]), now);
  const times = spans.flatMap((span, index): LiveTime[] => {
    const own = traffic.spans[index];
    return own === undefined ? [] : [{ ...releaseOfSpan(span, releases), ...causeOf(span, bringing), stoppedMilliseconds: stoppedIn(span, stops, now), traffic: own }];
  });
  return { times, ...(traffic.recent === undefined ? {} : { recent: traffic.recent }) };
}

/** An endpoint has one rollout at a time: the one that was asked for last, before the release went live, has brought it. */
function causeOf(span: LiveSpanRecord, bringing: readonly Bringing[]): Pick<LiveTime, 'broughtBy'> {
  const found = bringing.find(({ release, startedAt }) => release === span.release && startedAt <= span.from);
  if (found === undefined) {
    return {};
  }
  const { id, kind, reason, requestedBy, fromVersion } = found;
  return { broughtBy: { rollout: id, kind, automatic: isAutomatic(found), by: requestedBy.user, reason, ...(fromVersion === undefined ? {} : { fromVersion }) } };
}

/** When an endpoint was stopped, by entries of the audit log, the oldest first. */
function stopsOf(entries: Iterable<AuditEntry>, now: number): Interval[] {
  const found: Interval[] = [];
  let stoppedAt: number | undefined;
  for (const { action, at } of entries) {
    if (action === stop) {
      stoppedAt ??= at;
    } else if (stoppedAt !== undefined) {
      found.push({ from: stoppedAt, until: at });
      stoppedAt = undefined;
    }
  }
  return stoppedAt === undefined ? found : [...found, { from: stoppedAt, until: now }];
}

function stoppedIn(span: Pick<LiveSpanRecord, 'from' | 'until'>, stops: readonly Interval[], now: number): number {
  return stops.reduce((sum, { from, until }) => sum + Math.max(0, Math.min(until, span.until ?? now) - Math.max(from, span.from)), 0);
}
