import type { Channel } from './channel.ts';
import { post } from './post.ts';
import { headline } from './words.ts';

const mostCharacters = 1024;

/** Events API v2 (https://developer.pagerduty.com/docs/events-api-v2/trigger-events/): one incident there by its `dedup_key`, which is resolved with ours. */
export const pagerDuty: Channel = {
  kind: 'pagerduty',
  label: 'PagerDuty',
  fields: [
    { name: 'routingKey', label: 'Integration key (Events API v2)', isSecret: true, isRequired: true },
    { name: 'url', label: 'Address, for another region', isSecret: false, isRequired: false, example: 'https://events.eu.pagerduty.com/v2/enqueue' },
  ],
  send(message, { routingKey = '', url = 'https://events.pagerduty.com/v2/enqueue' }, signal) {
    const { event, key, endpoint, severity, openedAt, alerts, suspects = [] } = message;
    const details = { source: endpoint, severity, timestamp: new Date(openedAt).toISOString(), component: endpoint, group: 'slipway', class: alerts.map(({ rule }) => rule).join(', '), custom_details: { alerts, suspects } };
    const body = { routing_key: routingKey, event_action: event === 'resolved' ? 'resolve' : 'trigger', dedup_key: key, client: 'Slipway', payload: { summary: headline(message).slice(0, mostCharacters), ...details } };
    return post(url, JSON.stringify(body), { signal, field: 'url' });
  },
};
