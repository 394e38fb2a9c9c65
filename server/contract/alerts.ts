import { z } from 'zod';
import { metricIds } from './performance.ts';
import { count, endpointName, timestamp } from './values.ts';
import { route } from './route.ts';
import { orText } from './unknown.ts';

export const severities = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];
const severity = z.enum(severities);

export const ruleIds = ['error-rate', 'latency', 'no-traffic', 'lost-requests', 'degraded', 'drift', 'performance', 'retraining'] as const;
export type RuleId = (typeof ruleIds)[number];
const ruleId = z.enum(ruleIds);

export const ruleSettings = z.strictObject({
  enabled: z.boolean(),
  /** The bound, in the unit of the rule. */
  threshold: z.number().nonnegative(),
  /** What is looked at, up to now. */
  windowMinutes: z.number().int().min(1).max(60 * 24 * 30),
  /** How long it has to hold before it fires; until then the alert is pending. */
  forMinutes: z.number().min(0).max(24 * 60),
  /** With fewer requests (labelled rows for `performance`) nothing is said. */
  minimum: z.number().int().min(0),
  severity,
  /** After the end of an alert the next one is not told for so long. */
  coolDownMinutes: z.number().min(0).max(7 * 24 * 60),
  /** What `performance` watches. */
  metric: z.enum(metricIds),
  /** Who looks after it, such as a team; empty: nobody is named. */
  owner: z.string().trim().max(200),
  /** Address of what to do then; empty: none. */
  runbook: z.union([z.literal(''), z.url({ protocol: /^https?$/, error: 'give an http or https address' }).max(2000)]),
  /** When it fires, the endpoint goes back to the release before, where that is one and nothing else was changed since. */
  rollBack: z.boolean(),
});
export type RuleSettings = z.infer<typeof ruleSettings>;

/** What is to be changed of them. */
export const ruleChanges = ruleSettings.partial();
export type RuleChanges = z.infer<typeof ruleChanges>;

export interface RuleFacts {
  readonly label: string;
  /** What it says when it fires, as the beginning of a sentence. */
  readonly says: string;
  /** Unit of value and threshold. */
  readonly unit: 'share' | 'milliseconds' | 'requests' | 'metric' | 'none';
  readonly defaults: RuleSettings;
}

const common = { enabled: true, windowMinutes: 5, forMinutes: 0, minimum: 0, severity: 'warning', coolDownMinutes: 30, metric: 'auc', owner: '', runbook: '', rollBack: false } as const;

export const ruleFacts: Readonly<Record<RuleId, RuleFacts>> = {
  'error-rate': { label: 'Errors of server and model', says: 'share of failed requests above', unit: 'share', defaults: { ...common, threshold: 0.05, forMinutes: 1, minimum: 20, severity: 'critical' } },
  latency: { label: 'Latency p99', says: 'p99 above', unit: 'milliseconds', defaults: { ...common, threshold: 1000, windowMinutes: 10, forMinutes: 5, minimum: 50 } },
  /** Off until somebody says that there is always traffic. */
  'no-traffic': { label: 'No traffic', says: 'fewer requests than', unit: 'requests', defaults: { ...common, enabled: false, threshold: 1, windowMinutes: 60 } },
  'lost-requests': { label: 'Requests missing in the log', says: 'requests that the log lost above', unit: 'requests', defaults: { ...common, threshold: 0, windowMinutes: 15 } },
  degraded: { label: 'Endpoint not well', says: 'the endpoint is degraded or failed', unit: 'none', defaults: { ...common, threshold: 0, forMinutes: 2, severity: 'critical' } },
  /** Looked at once an hour: alarms are calibrated for that. */
  drift: { label: 'Drift', says: 'inputs or predictions have moved', unit: 'none', defaults: { ...common, threshold: 0, windowMinutes: 24 * 60, minimum: 200, coolDownMinutes: 24 * 60 } },
  /** Off until it has a bound. */
  performance: { label: 'Performance by labels', says: 'the metric is beyond', unit: 'metric', defaults: { ...common, enabled: false, threshold: 0.8, windowMinutes: 7 * 24 * 60, minimum: 100 } },
  retraining: { label: 'Retraining failed', says: 'the last retraining of the model failed', unit: 'none', defaults: { ...common, threshold: 0, coolDownMinutes: 0 } },
};

export const alertStates = ['pending', 'firing', 'resolved'] as const;

export const alert = z.object({
  id: z.number().int(),
  endpoint: endpointName,
  rule: orText(ruleId),
  state: orText(z.enum(alertStates)),
  severity: orText(severity),
  /** What is the matter, as a sentence with value and threshold. */
  summary: z.string(),
  /** The last value that was measured. */
  value: z.number(),
  threshold: z.number(),
  pendingAt: timestamp,
  firedAt: timestamp.nullable(),
  resolvedAt: timestamp.nullable(),
  incident: z.number().int().nullable(),
});
export type Alert = z.infer<typeof alert>;

export const incident = z.object({
  id: z.number().int(),
  endpoint: endpointName,
  state: orText(z.enum(['open', 'acknowledged', 'resolved'])),
  severity: orText(severity),
  /** The alerts that are its matter, in a few words. */
  title: z.string(),
  openedAt: timestamp,
  acknowledgedAt: timestamp.nullable(),
  resolvedAt: timestamp.nullable(),
});
export type Incident = z.infer<typeof incident>;

/** One thing that happened: of its alerts, of the endpoint's rollouts since an hour before, or by a person. */
export const timelineEntry = z.object({ at: timestamp, kind: orText(z.enum(['alert', 'rollout', 'note', 'state'])), text: z.string(), actor: z.string().optional() });
export type TimelineEntry = z.infer<typeof timelineEntry>;

/** An alert with who looks after its rule, and what to do; empty where nobody has said. */
const answeredAlert = alert.extend({ owner: z.string().default(''), runbook: z.string().default('') });

/** What an incident may come from, judged by the traffic up to its beginning. */
export const firstSuspects = z.object({
  /** The traffic that was looked at. */
  from: timestamp,
  to: timestamp,
  /** The release that went live in that time, then features and predictions by how far they moved, then what stands out in the data by its share. */
  found: z.array(z.object({ kind: orText(z.enum(['release', 'feature', 'prediction', 'data'])), /** Of the feature; empty for a release. */ name: z.string(), /** What changed, with its figures. */ text: z.string() })),
  /** How many more there are. */
  more: z.number().int(),
  /** What the traffic says as a whole where no feature has moved, or why that is not known. */
  verdict: z.string().optional(),
});
export type FirstSuspects = z.infer<typeof firstSuspects>;

/** `suspects`: null where nothing was live when it began, and in answers of older companions. */
export const incidentDetail = incident.extend({ alerts: z.array(answeredAlert), timeline: z.array(timelineEntry), suspects: firstSuspects.nullable().default(null) });
export type IncidentDetail = z.infer<typeof incidentDetail>;

export const ruleState = z.object({
  rule: orText(ruleId),
  settings: ruleSettings,
  /** Nobody has changed it. */
  isDefault: z.boolean(),
  /** What the policy of the model says of it, which nobody changes here. */
  byPolicy: ruleChanges.default({}),
  mutedUntil: timestamp.nullable(),
  /** Pending or firing now. */
  alert: alert.nullable(),
});
export type RuleState = z.infer<typeof ruleState>;

/** When a rule would have fired. */
export const ruleTrial = z.object({
  from: timestamp,
  to: timestamp,
  /** Windows of traffic that could be judged; null with a reason where the past does not say. */
  judged: z.number().int().nullable(),
  reason: z.string().optional(),
  fired: z.array(z.object({ from: timestamp, to: timestamp, value: z.number() })),
});
export type RuleTrial = z.infer<typeof ruleTrial>;

const named = z.object({ name: endpointName, rule: ruleId });
const numbered = z.object({ id: count });

export const alertRoutes = {
  listAlerts: route({
    method: 'GET',
    path: '/endpoints/:name/alerts',
    summary: 'The alert rules of an endpoint and what they say now',
    input: z.object({ name: endpointName }),
    output: z.object({ rules: z.array(ruleState) }),
  }),
  changeAlertRule: route({
    method: 'PUT',
    path: '/endpoints/:name/alerts/:rule',
    summary: 'Changes an alert rule of an endpoint; what is left out stays',
    input: named.extend({ settings: ruleChanges }),
    output: ruleState,
  }),
  muteAlertRule: route({
    method: 'POST',
    path: '/endpoints/:name/alerts/:rule/mute',
    summary: 'Has a rule open no incident for some time; 0 minutes ends it',
    input: named.extend({ minutes: z.number().min(0).max(90 * 24 * 60) }),
    output: ruleState,
  }),
  tryAlertRule: route({
    method: 'POST',
    path: '/endpoints/:name/alerts/:rule/try',
    summary: 'When a rule would have fired in the past',
    input: named.extend({ settings: ruleChanges.default({}), days: z.number().int().min(1).max(90).default(30) }),
    output: ruleTrial,
  }),
  listIncidents: route({
    method: 'GET',
    path: '/incidents',
    summary: 'Incidents, the newest first',
    input: z.object({ state: z.enum(['unresolved', 'all']).default('unresolved'), endpoint: endpointName.optional(), limit: count.max(500).default(100) }),
    output: z.object({ incidents: z.array(incident) }),
  }),
  getIncident: route({ method: 'GET', path: '/incidents/:id', summary: 'An incident with its alerts and what happened', input: numbered, output: incidentDetail }),
  acknowledgeIncident: route({ method: 'POST', path: '/incidents/:id/acknowledge', summary: 'Says that somebody is at it', input: numbered, output: incidentDetail }),
  resolveIncident: route({ method: 'POST', path: '/incidents/:id/resolve', summary: 'Ends an incident and its alerts', input: numbered, output: incidentDetail }),
  noteIncident: route({ method: 'POST', path: '/incidents/:id/notes', summary: 'Writes into the timeline of an incident', input: numbered.extend({ text: z.string().trim().min(1).max(4000) }), output: incidentDetail }),
};
