import { ruleIds, type Alert, type RuleId } from '../contract/alerts.ts';
import type { Database } from '../platform/database/database.ts';
import type { AlertTable } from './alertTable.ts';
import type { Looks, LookSources } from './looks.ts';
import { measure, noTraffic, type Measured, type RetrainingSeen, type RuleSubject } from './measure.ts';
import type { RuleTable, StoredRule } from './ruleTable.ts';

const minute = 60_000;

/** An endpoint that may need somebody. */
export interface WatchedEndpoint {
  readonly name: string;
  readonly state: string;
  readonly message: string;
}

export interface WatchSources extends Pick<LookSources, 'traffic' | 'hasLabels'> {
  endpoints(): readonly WatchedEndpoint[];
  /** Of the model that an endpoint serves; undefined where none has ended. */
  lastRetraining(endpoint: string): RetrainingSeen | undefined;
  readonly looks: Looks;
}

/** What became of an endpoint's incident. */
export interface IncidentChange {
  readonly incident: number;
  readonly kind: 'firing' | 'resolved';
}

/** What follows for others, called in the transaction in which it comes to pass. */
export interface WatchOrders {
  /** Something became of an incident. */
  readonly tell: (incident: number) => void;
  /** An alert fires whose rule asks for a rollback. */
  readonly rollBack: (alert: Alert, incident: number) => void;
}

const nobody: WatchOrders = { tell: () => undefined, rollBack: () => undefined };

interface Judged {
  readonly rule: RuleId;
  readonly stored: StoredRule;
  readonly measured: Measured;
}

/**
 * Judges every rule of every endpoint once. What follows from it for an endpoint is written in one transaction.
 */
export function createWatch(database: Database, rules: RuleTable, alerts: AlertTable, sources: WatchSources, { tell, rollBack }: WatchOrders = nobody) {
  const subjectOf = async (rule: RuleId, { name, state, message }: WatchedEndpoint, windowMinutes: number, now: number): Promise<RuleSubject> => {
    switch (rule) {
      case 'degraded':
        return { traffic: noTraffic, state: { state, message }, performance: undefined, verdict: undefined };
      case 'retraining':
        return { traffic: noTraffic, state: undefined, performance: undefined, verdict: undefined, retraining: sources.lastRetraining(name) };
      case 'drift': {
        const { seen } = await sources.looks.drift(name, windowMinutes, now);
        return { traffic: seen.traffic, state: undefined, performance: undefined, verdict: seen.verdict };
      }
      case 'performance': {
        const { seen } = await sources.looks.performance(name, windowMinutes, now);
        return { traffic: noTraffic, state: undefined, performance: seen.total, verdict: undefined };
      }
      default:
        return { traffic: sources.traffic(name, now - windowMinutes * minute, now), state: undefined, performance: undefined, verdict: undefined };
    }
  };
  const judge = async (endpoint: WatchedEndpoint, now: number): Promise<Judged[]> => {
    const { name, state } = endpoint;
    const judged: Judged[] = [];
    for (const rule of ruleIds) {
      const stored = rules.get(name, rule);
      const { enabled, windowMinutes } = stored.settings;
      const silent = !enabled || state === 'stopped' || (stored.mutedUntil !== null && stored.mutedUntil > now);
      if (!silent) {
        judged.push({ rule, stored, measured: measure(rule, stored.settings, await subjectOf(rule, endpoint, windowMinutes, now)) });
      } else if (rule === 'performance' && sources.hasLabels(name)) {
        // Nobody has given it a bound: it is looked at all the same, for who wants to know how the endpoint does.
        await sources.looks.performance(name, windowMinutes, now);
      }
    }
    return judged;
  };

  const end = (alert: Alert, now: number): void => (alert.state === 'firing' ? alerts.resolve(alert.id, now) : alerts.forget(alert.id));

  /** Returns the incident of an alert that fires. */
  const follow = (endpoint: string, { rule, stored: { settings }, measured }: Judged, now: number): number | undefined => {
    const current = alerts.current(endpoint, rule);
    if (measured.kind !== 'breached') {
      // With too little to judge by, what fires goes on.
      if (current !== undefined && (measured.kind === 'well' || current.state === 'pending')) {
        end(current, now);
      }
      return undefined;
    }
    const figures = { summary: measured.summary, value: measured.value, threshold: settings.threshold, severity: settings.severity };
    const alert = current ?? alerts.add({ endpoint, rule, ...figures }, now);
    alerts.update(alert.id, figures);
    const lastEnd = alerts.lastEnd(endpoint, rule);
    const isCool = lastEnd === undefined || now - lastEnd >= settings.coolDownMinutes * minute;
    if (alert.state !== 'pending' || now - alert.pendingAt < settings.forMinutes * minute || !isCool) {
      return undefined;
    }
    const incident = alerts.fire(alert, now);
    if (settings.rollBack) {
      rollBack(alert, incident);
    }
    return incident;
  };

  const apply = database.transaction((endpoint: string, judged: readonly Judged[], now: number): IncidentChange[] => {
    const open = alerts.incidents({ unresolved: true, endpoint, limit: 1 })[0];
    for (const rule of ruleIds) {
      const current = judged.some((each) => each.rule === rule) ? undefined : alerts.current(endpoint, rule);
      if (current !== undefined) {
        end(current, now);
      }
    }
    const fired = new Set(judged.map((each) => follow(endpoint, each, now)).filter((incident) => incident !== undefined));
    const changes: IncidentChange[] = [...fired].map((incident) => ({ incident, kind: 'firing' }));
    if (open !== undefined && alerts.ofIncident(open.id).every(({ state }) => state === 'resolved')) {
      alerts.close(open.id, now);
      alerts.note(open.id, 'state', 'Resolved: every alert has ended.', undefined, now);
      changes.push({ incident: open.id, kind: 'resolved' });
    }
    changes.forEach(({ incident }) => tell(incident));
    return changes;
  });

  return async (now = Date.now()): Promise<IncidentChange[]> => {
    const changes: IncidentChange[] = [];
    const endpoints = sources.endpoints();
    for (const endpoint of endpoints) {
      changes.push(...apply(endpoint.name, await judge(endpoint, now), now));
    }
    // Of endpoints that are gone.
    sources.looks.keep(endpoints.map(({ name }) => name));
    for (const name of alerts.endpoints().filter((each) => endpoints.every((endpoint) => endpoint.name !== each))) {
      changes.push(...apply(name, [], now));
    }
    return changes;
  };
}
