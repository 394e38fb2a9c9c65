import { createHash } from 'node:crypto';
import type { Channel } from './channel.ts';
import { post } from './post.ts';

/** An alert that goes on has no end, which Go writes as the year 1. */
const noEnd = '0001-01-01T00:00:00Z';

/**
 * What takes webhooks of Alertmanager, in the form of its version 4 (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config): the alerts of
 * an incident are one group.
 */
export const alertmanager: Channel = {
  kind: 'alertmanager',
  label: 'Webhook in the form of Alertmanager',
  fields: [
    { name: 'url', label: 'Address', isSecret: false, isRequired: true, example: 'https://example.com/alerts' },
    { name: 'token', label: 'Bearer token', isSecret: true, isRequired: false },
  ],
  send({ event, key, endpoint, title, alerts, openedAt, resolvedAt, severity, suspects = [] }, { url = '', token }, signal) {
    // A test has no alert of its own; receivers want one.
    const told = alerts.length > 0 ? alerts : [{ rule: 'test', summary: title, severity, firedAt: openedAt, resolvedAt, owner: '', runbook: '' }];
    const all = told.map((alert) => ({
      status: alert.resolvedAt === null ? 'firing' : 'resolved',
      labels: { alertname: alert.rule, endpoint, severity: alert.severity, ...(alert.owner === '' ? {} : { owner: alert.owner }) },
      annotations: { summary: alert.summary, ...(alert.runbook === '' ? {} : { runbook_url: alert.runbook }), ...(suspects.length === 0 ? {} : { suspects: suspects.join('\n') }) },
      startsAt: new Date(alert.firedAt).toISOString(),
      endsAt: alert.resolvedAt === null ? noEnd : new Date(alert.resolvedAt).toISOString(),
      generatorURL: '',
      fingerprint: createHash('sha256').update(`${key} ${alert.rule}`).digest('hex').slice(0, 16),
    }));
    const body = {
      version: '4',
      groupKey: key,
      truncatedAlerts: 0,
      status: event === 'resolved' ? 'resolved' : 'firing',
      receiver: 'slipway',
      groupLabels: { endpoint },
      commonLabels: { endpoint },
      commonAnnotations: {},
      externalURL: '',
      alerts: all,
    };
    return post(url, JSON.stringify(body), { signal, field: 'url', ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }) });
  },
};
