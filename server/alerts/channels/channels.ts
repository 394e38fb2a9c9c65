import { alertmanager } from './alertmanager.ts';
import type { Channel } from './channel.ts';
import { desktop } from './desktop.ts';
import { email } from './email.ts';
import { ntfy } from './ntfy.ts';
import { opsgenie } from './opsgenie.ts';
import { pagerDuty } from './pagerDuty.ts';
import { slack } from './slack.ts';
import { webhook } from './webhook.ts';

/** The kinds of channels, in the order in which they are offered. */
export const channels: readonly Channel[] = [desktop, email, slack, pagerDuty, opsgenie, ntfy, webhook, alertmanager];

export function channelOf(kind: string): Channel | undefined {
  return channels.find((channel) => channel.kind === kind);
}
