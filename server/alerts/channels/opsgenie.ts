import type { Severity } from '../../contract/alerts.ts';
import type { Channel } from './channel.ts';
import { post } from './post.ts';
import { alertLines, headline } from './words.ts';

const priorities: Readonly<Record<Severity, string>> = { info: 'P5', warning: 'P3', critical: 'P1' };
const mostMessage = 130;
const mostDescription = 15_000;

/** Alert API v2 of Opsgenie, and of what speaks it (https://docs.opsgenie.com/docs/alert-api): one alert there by its alias, which is closed with our incident. */
export const opsgenie: Channel = {
  kind: 'opsgenie',
  label: 'Opsgenie (Alert API v2)',
  fields: [
    { name: 'apiKey', label: 'API key of the integration', isSecret: true, isRequired: true },
    { name: 'url', label: 'Server, for another region or what is compatible', isSecret: false, isRequired: false, example: 'https://api.eu.opsgenie.com' },
  ],
  send(message, { apiKey = '', url = 'https://api.opsgenie.com' }, signal) {
    const { event, key, endpoint, severity, alerts } = message;
    const alertsUrl = `${url.replace(/\/+$/, '')}/v2/alerts`;
    const options = { signal, field: 'url', headers: { authorization: `GenieKey ${apiKey}` } };
    const description = alertLines(message).join('\n').slice(0, mostDescription);
    if (event === 'resolved') {
      return post(`${alertsUrl}/${encodeURIComponent(key)}/close?identifierType=alias`, JSON.stringify({ source: 'Slipway', note: description }), options);
    }
    const details = Object.fromEntries(alerts.map(({ rule, owner, runbook }) => [rule, [owner, runbook].filter((text) => text !== '').join(' ')] as const).filter(([, text]) => text !== ''));
    const body = { message: headline(message).slice(0, mostMessage), alias: key, description, tags: ['slipway', ...new Set(alerts.map(({ rule }) => rule))], details, entity: endpoint, source: 'Slipway', priority: priorities[severity] };
    return post(alertsUrl, JSON.stringify(body), options);
  },
};
