import { z } from 'zod';
import { severities } from './alerts.ts';
import { endpointName, timestamp } from './values.ts';
import { route } from './route.ts';

/** What a kind of channels asks for. */
export const channelField = z.object({
  name: z.string(),
  label: z.string(),
  /** Lies in the secrets and is never shown again. */
  isSecret: z.boolean(),
  isRequired: z.boolean(),
  /** What it looks like. */
  example: z.string().optional(),
});
export type ChannelField = z.infer<typeof channelField>;

export const channelKind = z.object({ kind: z.string(), label: z.string(), fields: z.array(channelField) });

export const alertChannel = z.object({
  name: z.string(),
  kind: z.string(),
  /** Those that are no secrets. */
  fields: z.record(z.string(), z.string()),
  /** Incidents that are less severe are not told here. */
  minimumSeverity: z.enum(severities),
  /** Null: all of them. */
  endpoints: z.array(endpointName).nullable(),
  /** The last delivery: when it ended, and why it failed. */
  last: z.object({ at: timestamp, failure: z.string().nullable() }).nullable(),
  /** Messages that wait to be delivered. */
  waiting: z.number().int(),
});
export type AlertChannel = z.infer<typeof alertChannel>;

const channelName = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'use 1 to 63 lower-case letters, digits, dashes or underscores');

export const channelRoutes = {
  listChannels: route({
    method: 'GET',
    path: '/alert-channels',
    summary: 'Whom incidents are told, and the kinds of channels that there are',
    input: z.object({}),
    output: z.object({ channels: z.array(alertChannel), kinds: z.array(channelKind) }),
  }),
  addChannel: route({
    method: 'POST',
    path: '/alert-channels',
    summary: 'Adds a channel, or changes the one of that name; secrets that are left out stay',
    input: z.object({
      name: channelName,
      kind: z.string(),
      fields: z.record(z.string(), z.string().max(4000)),
      minimumSeverity: z.enum(severities).default('warning'),
      endpoints: z.array(endpointName).nullable().default(null),
    }),
    output: alertChannel,
  }),
  removeChannel: route({ method: 'DELETE', path: '/alert-channels/:name', summary: 'Removes a channel and its secrets', input: z.object({ name: channelName }), output: z.object({}) }),
  testChannel: route({ method: 'POST', path: '/alert-channels/:name/test', summary: 'Sends a test message and says whether it was taken', input: z.object({ name: channelName }), output: z.object({}) }),
};
