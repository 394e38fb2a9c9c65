import type { Incident } from './alerts.ts';
import type { Promotion } from './promotions.ts';
import { isUnderWay, type EndpointSummary, type RolloutSummary } from './deployments.ts';

/** Why a person should look at an endpoint. `incident`: an alert opened one that nobody has acknowledged. */
export interface Attention {
  readonly endpoint: string;
  /** `waits`: a rollout goes on only when somebody says so. */
  readonly kind: 'waits' | 'failed' | 'degraded' | 'incident';
  /** Number of the incident, where that is it. */
  readonly incident?: number;
  /** Number of the promotion, where that is it. */
  readonly promotion?: number;
  /** What is the matter, in a few words. */
  readonly title: string;
  /** The same as a sentence, with what to do. */
  readonly words: string;
}

/** Whether a rollout goes on only when somebody does something. A canary that has too few requests goes on by itself. */
export function waitsForSomebody({ state, needs }: Pick<RolloutSummary, 'state' | 'needs'>): boolean {
  return state === 'held' && needs.some(({ kind }) => kind !== 'requests');
}

const ailing = ['failed', 'degraded'] as const;

/** A failed rollout is old news after a day: what served before goes on serving. */
const newsMilliseconds = 24 * 3_600_000;

/** Undefined for an endpoint that is well, or that does by itself what is to be done. @param now epoch milliseconds */
export function attentionOf({ name: endpoint, state, message, rollout }: Pick<EndpointSummary, 'name' | 'state' | 'message' | 'rollout'>, now: number): Attention | undefined {
  if (rollout !== undefined && isUnderWay(rollout)) {
    return waitsForSomebody(rollout) ? { endpoint, kind: 'waits', title: `version ${rollout.toVersion} waits at ${rollout.weight}%`, words: `Version ${rollout.toVersion} waits at ${rollout.weight}% of the traffic: promote it or cancel.` } : undefined;
  }
  const kind = ailing.find((word) => word === state);
  if (kind !== undefined) {
    return { endpoint, kind, title: kind, words: message === '' ? `The endpoint is ${kind}.` : message };
  }
  const wentBackAt = rollout?.automatic === true && rollout.state === 'succeeded' ? (rollout.endedAt ?? rollout.startedAt) : undefined;
  if (rollout !== undefined && wentBackAt !== undefined && now - wentBackAt <= newsMilliseconds) {
    return { endpoint, kind: 'failed', title: `went back to version ${rollout.toVersion} by itself`, words: `The endpoint went back to version ${rollout.toVersion} by itself. ${rollout.reason}` };
  }
  const failedAt = rollout?.state === 'failed' ? (rollout.endedAt ?? rollout.startedAt) : undefined;
  return rollout === undefined || failedAt === undefined || now - failedAt > newsMilliseconds ? undefined : { endpoint, kind: 'failed', title: `rollout to version ${rollout.toVersion} failed`, words: `The rollout to version ${rollout.toVersion} failed: ${rollout.message}` };
}

/** What waits for somebody to go to an endpoint, which may not be there yet. */
function attentionOfPromotion({ id, endpoint, version, model, requestedBy, reason, state, message }: Promotion): Attention[] {
  const asks = `${requestedBy} asks for version ${version} of ${model}: ${reason.replace(/\.$/, '')}`;
  switch (state) {
    case 'waiting':
      return [{ endpoint, kind: 'waits', promotion: id, title: `version ${version} waits for approval`, words: `${asks}. Open promotion ${id} to approve or reject it.` }];
    case 'not-passed':
      return [{ endpoint, kind: 'waits', promotion: id, title: `version ${version} has not passed its gates`, words: `${asks}. ${message} Open promotion ${id} to answer for them or withdraw it.` }];
    default:
      return [];
  }
}

/**
 * Endpoints that need somebody, one reason each: what a rollout waits for, else its open incident, else what is the matter with it, else the version that waits for approval, or has not passed its gates.
 * @param now epoch milliseconds
 */
export function attentionOfAll(endpoints: readonly Pick<EndpointSummary, 'name' | 'state' | 'message' | 'rollout'>[], incidents: readonly Incident[], promotions: readonly Promotion[], now: number): Attention[] {
  const open = incidents.filter(({ state }) => state === 'open');
  const ill = endpoints.flatMap((endpoint): Attention | Attention[] => {
    const own = attentionOf(endpoint, now);
    const incident = open.find((each) => each.endpoint === endpoint.name);
    return incident === undefined || own?.kind === 'waits' ? (own ?? []) : { endpoint: endpoint.name, kind: 'incident', incident: incident.id, title: `incident ${incident.id}, ${incident.severity}`, words: incident.title };
  });
  return [...ill, ...promotions.flatMap(attentionOfPromotion).filter(({ endpoint }) => ill.every((each) => each.endpoint !== endpoint))];
}
