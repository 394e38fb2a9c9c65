import type { Channel } from './channel.ts';
import { post } from './post.ts';
import { alertLines, headline } from './words.ts';

/** Slack takes at most 3,000 characters in the text of a section. */
const mostCharacters = 2900;

/** The three characters that Slack's text reads as its own (https://api.slack.com/reference/surfaces/formatting#escaping): without them no name is a link or a mention. */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** An incoming webhook of Slack: `text` for notifications, `blocks` for what is shown (https://api.slack.com/messaging/webhooks). */
export const slack: Channel = {
  kind: 'slack',
  label: 'Slack',
  fields: [{ name: 'url', label: 'Address of the incoming webhook', isSecret: true, isRequired: true, example: 'https://hooks.slack.com/services/…' }],
  send(message, { url = '' }, signal) {
    const text = escape(headline(message));
    const lines = escape(alertLines(message).join('\n')).slice(0, mostCharacters);
    const section = (content: string): object => ({ type: 'section', text: { type: 'mrkdwn', text: content, verbatim: true } });
    return post(url, JSON.stringify({ text, blocks: [section(text.slice(0, mostCharacters)), ...(lines === '' ? [] : [section(lines)])] }), { signal, field: 'url' });
  },
};
