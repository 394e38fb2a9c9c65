import type { Severity } from '../../contract/alerts.ts';
import type { Channel } from './channel.ts';
import { post } from './post.ts';
import { alertLines, headline } from './words.ts';

/** 1 to 5, of which 3 is the usual one. */
const priorities: Readonly<Record<Severity, number>> = { info: 2, warning: 3, critical: 5 };
const mostCharacters = 3500;

/** ntfy, on its own server or another: JSON to the root of the server (https://docs.ntfy.sh/publish/#publish-as-json). */
export const ntfy: Channel = {
  kind: 'ntfy',
  label: 'ntfy',
  fields: [
    { name: 'topic', label: 'Topic', isSecret: true, isRequired: true },
    { name: 'url', label: 'Server', isSecret: false, isRequired: false, example: 'https://ntfy.sh' },
    { name: 'token', label: 'Access token', isSecret: true, isRequired: false },
  ],
  send(message, { topic = '', url = 'https://ntfy.sh', token }, signal) {
    const { event, endpoint, severity } = message;
    const text = [headline(message), ...alertLines(message)].join('\n').slice(0, mostCharacters);
    const body = { topic, title: `Slipway: ${endpoint}`, message: text, priority: event === 'firing' ? priorities[severity] : 3, tags: [event === 'firing' ? 'warning' : 'white_check_mark'] };
    return post(url, JSON.stringify(body), { signal, field: 'url', ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }) });
  },
};
