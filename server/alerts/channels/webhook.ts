import { createHmac } from 'node:crypto';
import type { Channel } from './channel.ts';
import { post } from './post.ts';

/**
 * Any server: the message as JSON. With a secret the header `x-slipway-signature` is `sha256=` and the HMAC in hex of the header `x-slipway-timestamp` (seconds), a full stop and
 * the body, so that a receiver can refuse what is forged or old, as the receivers of Stripe's and Slack's signatures do.
 */
export const webhook: Channel = {
  kind: 'webhook',
  label: 'Webhook (JSON, signed by HMAC)',
  fields: [
    { name: 'url', label: 'Address', isSecret: false, isRequired: true, example: 'https://example.com/hooks/slipway' },
    { name: 'secret', label: 'Secret of the signature', isSecret: true, isRequired: false },
  ],
  send(message, { url = '', secret }, signal) {
    const body = JSON.stringify(message);
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signed = secret === undefined ? {} : { 'x-slipway-signature': `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}` };
    return post(url, body, { signal, field: 'url', headers: { 'x-slipway-timestamp': timestamp, ...signed } });
  },
};
