import { Router } from 'express';
import { setTimeout as pause } from 'node:timers/promises';
import { alertRoutes, ruleIds, type FirstSuspects, type Incident, type IncidentDetail, type RuleChanges, type RuleId, type RuleState } from '../contract/alerts.ts';
import type { AuditLog } from '../governance/auditLog.ts';
import type { CompanionContext } from '../platform/context.ts';
import { Problem } from '../platform/errors.ts';
import type { Feature } from '../platform/feature.ts';
import { implementAll } from '../platform/http/implement.ts';
import { createSecretFile } from '../platform/secrets/secretFile.ts';
import { createTurn } from '../platform/time/turn.ts';
import { createAlarmRollback, type AlarmRollbackSources } from './alarmRollback.ts';
import { openBreakGlass } from './breakGlass.ts';
import { createAlertTable } from './alertTable.ts';
import { mountChannelRoutes } from './channelRoutes.ts';
import { createChannelTable } from './channelTable.ts';
import { createDelivery } from './delivery.ts';
import { answerFor, changedSettings, createRuleTable } from './ruleTable.ts';
import { firingAlerts, type FiringAlert } from './firingAlerts.ts';
import { firstSuspects, type SuspectSources } from './firstSuspects.ts';
import { createIncidentActions, requireIncident } from './incidentActions.ts';
import { createLooks, type LastLooks, type LookSources } from './looks.ts';
import { detailOf } from './timeline.ts';
import { tryRule } from './tryRule.ts';
import { createWatch, type WatchSources } from './watch.ts';

export interface AlertSources extends LookSources, Pick<WatchSources, 'endpoints' | 'lastRetraining'>, Pick<AlarmRollbackSources, 'rollBack'>, SuspectSources {
  readonly audit: AuditLog;
  /** What the policy of an endpoint's model says of a rule. */
  plannedRule(endpoint: string, rule: RuleId): RuleChanges;
}

export interface AlertsFeature extends Feature {
  /** Of each endpoint the incident that goes on, else its last one. */
  latestIncidents(): ReadonlyMap<string, Incident>;
  /** Incidents of an endpoint, the newest first, resolved ones too. */
  incidentsOf(endpoint: string, limit: number): readonly Incident[];
  /** How many alert channels there are. */
  channels(): number;
  /** Opens an incident of an endpoint that went to production past gates and approvals; call inside the transaction of what it is about. */
  breakGlass(endpoint: string, summary: string): void;
  /** The alerts of some rules that have fired at an endpoint and go on. */
  firing<R extends RuleId>(endpoint: string, rules: readonly R[]): FiringAlert<R>[];
  /** The last looks at an endpoint. */
  looks(endpoint: string): LastLooks;
}

/** Rules over what monitoring sees, the alerts that they raise, and the incidents that these open. */
export function createAlerts(context: CompanionContext, sources: AlertSources): AlertsFeature {
  const { database, events, log } = context;
  const rules = createRuleTable(database, (endpoint, rule) => sources.plannedRule(endpoint, rule));
  const table = createAlertTable(database);
  const channelTable = createChannelTable(database);
  const secrets = createSecretFile(context.home.secrets);
  const suspects = (incident: Incident): Promise<FirstSuspects | null> => firstSuspects(sources, incident, rules.get(incident.endpoint, 'drift').settings.windowMinutes);
  const details = async (incident: Incident): Promise<IncidentDetail> => ({ suspects: await suspects(incident), ...detailOf(table, rules, sources.audit, incident) });
  const delivery = createDelivery(context, channelTable, table, secrets, { answerOf: (endpoint, rule) => answerFor(rules, endpoint, rule), detailOf: details });
  const looks = createLooks(sources);
  const changed = (endpoint: string): void => events.publish({ topic: 'incident', endpoint });
  const rollBack = createAlarmRollback(context, table, sources, changed);
  const watch = createWatch(database, rules, table, { ...sources, looks }, { tell: (incident) => delivery.tell(incident), rollBack });
  const requireEndpoint = (name: string): void => {
    if (!sources.endpoints().some((endpoint) => endpoint.name === name)) {
      throw new Problem('not-found', `There is no endpoint ${name}.`, { field: 'name', remedy: 'List them with "slipway endpoints".' });
    }
  };
  const stateOf = (endpoint: string, rule: RuleId): RuleState => ({ rule, ...rules.get(endpoint, rule), alert: table.current(endpoint, rule) ?? null });
  const incidents = createIncidentActions({ database, table, audit: sources.audit, delivery, details, changed });

  const ending = new AbortController();
  const inTurn = createTurn();
  /** Judges all rules. */
  const look = (): Promise<void> =>
    inTurn(async () => {
      try {
        for (const { incident } of ending.signal.aborted ? [] : await watch()) {
          changed(requireIncident(table, incident).endpoint);
        }
      } catch (error) {
        if (!ending.signal.aborted) {
          log.error('watching the alert rules', error);
        }
      }
    });

  const router = Router();
  mountChannelRoutes(router, { database, table: channelTable, delivery, secrets, audit: sources.audit });
  implementAll(router, alertRoutes, {
    listAlerts({ name }) {
      requireEndpoint(name);
      return { rules: ruleIds.map((rule) => stateOf(name, rule)) };
    },
    changeAlertRule({ name, rule, settings }, { caller }) {
      requireEndpoint(name);
      database.transaction(() => {
        rules.change(name, rule, settings);
        sources.audit.append({ actor: caller, action: 'alert.changed', subject: name, detail: { rule, ...settings } });
      })();
      changed(name);
      // What it says by its new bounds is seen soon, not with the next turn of the clock.
      void look();
      return stateOf(name, rule);
    },
    muteAlertRule({ name, rule, minutes }, { caller }) {
      requireEndpoint(name);
      database.transaction(() => {
        rules.mute(name, rule, minutes === 0 ? null : Date.now() + minutes * 60_000);
        sources.audit.append({ actor: caller, action: 'alert.muted', subject: name, detail: { rule, minutes } });
      })();
      changed(name);
      return stateOf(name, rule);
    },
    tryAlertRule({ name, rule, settings, days }) {
      requireEndpoint(name);
      return tryRule(sources, name, rule, changedSettings(rules.get(name, rule).settings, settings), days);
    },
    listIncidents: ({ state, endpoint, limit }) => ({ incidents: table.incidents({ unresolved: state === 'unresolved', endpoint, limit }) }),
    getIncident: ({ id }) => incidents.detail(id),
    acknowledgeIncident: ({ id }, { caller }) => incidents.acknowledge(id, caller),
    resolveIncident: ({ id }, { caller }) => incidents.resolve(id, caller),
    noteIncident: ({ id, text }, { caller }) => incidents.note(id, text, caller),
  });

  let running: Promise<void> = Promise.resolve();
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await look();
      await pause(context.timing.alerts, undefined, { signal: ending.signal, ref: false }).catch(() => undefined);
    }
  };
  return {
    router,
    channels: () => channelTable.all().length,
    latestIncidents: () => table.latest(),
    firing: (endpoint, rules) => firingAlerts(table, endpoint, rules),
    incidentsOf: (endpoint, limit) => table.incidents({ unresolved: false, endpoint, limit }),
    breakGlass: (endpoint, summary) => openBreakGlass({ table, delivery, changed }, endpoint, summary),
    looks: (endpoint) => looks.last(endpoint),
    start() {
      running = run();
    },
    async stop() {
      ending.abort();
      await running;
      await inTurn(() => undefined);
    },
  };
}
