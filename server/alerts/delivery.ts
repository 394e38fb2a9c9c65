import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { z } from 'zod';
import { severities, type Alert, type Incident, type IncidentDetail, type Severity } from '../contract/alerts.ts';
import { suspectLines } from '../contract/format/alerts.ts';
import { incidentPage } from '../contract/format/incidentPage.ts';
import type { CompanionContext } from '../platform/context.ts';
import { messageOf, Problem } from '../platform/errors.ts';
import type { Secrets } from '../platform/secrets/secrets.ts';
import type { AlertTable } from './alertTable.ts';
import { ToldInPart, type AlertMessage, type Channel } from './channels/channel.ts';
import type { Answer } from './ruleTable.ts';
import { channelOf } from './channels/channels.ts';
import type { ChannelTable, StoredChannel } from './channelTable.ts';

/** A kind of which an older companion knows nothing. */
const unknownKind = (kind: string): Problem => new Problem('not-found', `There is no kind of channels ${kind}.`, { field: 'kind' });
const channelsAtOnce = 4;
/** Over about three hours. */
const attempts = 20;
const payload = z.object({ channel: z.string(), incident: z.number().int() });

export interface Delivery {
  /** Tells an incident as it is by then to the channels that it is for; call inside the transaction of what changed. */
  tell(incident: number): void;
  /** @throws Problem of the channel */
  test(channel: StoredChannel, signal: AbortSignal): Promise<void>;
  /** How the last delivery ended and how many wait. */
  stateOf(channel: string): { readonly last: { readonly at: number; readonly failure: string | null } | null; readonly waiting: number };
  /** Gives up what waits for a channel. */
  cancel(channel: string): void;
}

/** What is known of an incident beside its alerts. */
export interface IncidentFacts {
  answerOf(endpoint: string, rule: string): Answer;
  /** With its timeline and what it may come from. */
  detailOf(incident: Incident): Promise<IncidentDetail>;
}

export function secretName(channel: string, field: string): string {
  return `alert-channel ${channel} ${field}`;
}

function rank(severity: string): number {
  return severities.findIndex((each) => each === severity);
}

function known(severity: string): Severity {
  return severities.find((each) => each === severity) ?? 'warning';
}

/**
 * Durable messages to channels. What changes within the time that alerts are gathered is one message, tells the state of then, and is not sent again when it
 * says what was said; that an incident is resolved is told to who was told of it.
 */
export function createDelivery({ jobs, timing }: Pick<CompanionContext, 'jobs' | 'timing'>, table: ChannelTable, alerts: AlertTable, secrets: Secrets, facts: IncidentFacts): Delivery {
  const kindOf = (kind: string): Channel => {
    const found = channelOf(kind);
    if (found === undefined) {
      throw unknownKind(kind);
    }
    return found;
  };
  const valuesOf = ({ name, kind, fields }: StoredChannel): Record<string, string> => {
    const hidden = kindOf(kind).fields.filter(({ isSecret }) => isSecret).map((field) => [field.name, secrets.get(secretName(name, field.name))] as const);
    return { ...fields, ...Object.fromEntries(hidden.flatMap(([field, value]) => (value === undefined ? [] : [[field, value]]))) };
  };
  const messageFor = (id: number): AlertMessage | undefined => {
    const incident = alerts.incident(id);
    return incident === undefined
      ? undefined
      : {
          event: incident.resolvedAt === null ? 'firing' : 'resolved',
          key: `slipway ${hostname()} ${incident.endpoint} ${id} ${incident.openedAt}`.slice(0, 255),
          endpoint: incident.endpoint,
          severity: known(incident.severity),
          title: incident.title,
          openedAt: incident.openedAt,
          resolvedAt: incident.resolvedAt,
          alerts: alerts.ofIncident(id).map(({ rule, summary, severity, firedAt, resolvedAt }: Alert) => ({ rule, summary, severity: known(severity), firedAt: firedAt ?? incident.openedAt, resolvedAt, ...facts.answerOf(incident.endpoint, rule) })),
        };
  };

  const detailFor = async (id: number): Promise<IncidentDetail | undefined> => {
    const incident = alerts.incident(id);
    return incident === undefined ? undefined : facts.detailOf(incident);
  };

  const queue = jobs.register({
    kind: 'alert-delivery',
    payload,
    retry: { firstMilliseconds: timing.alertRetry[0], mostMilliseconds: timing.alertRetry[1], attempts },
    concurrency: channelsAtOnce,
    async run({ payload: { channel: name, incident } }, { signal }) {
      const channel = table.get(name);
      const message = messageFor(incident);
      if (channel === undefined || message === undefined) {
        return;
      }
      const told = table.told(name, incident);
      const content = createHash('sha256')
        .update(JSON.stringify([message.event, message.alerts.map(({ rule, firedAt, resolvedAt }) => [rule, firedAt, resolvedAt])]))
        .digest('hex');
      if (told === content || (told === undefined && message.event === 'resolved')) {
        return;
      }
      const detail = await detailFor(incident);
      const suspects = detail === undefined || message.event === 'resolved' ? [] : suspectLines(detail.suspects);
      const setTold = (): void => table.setTold(name, incident, content, Date.now());
      try {
        await kindOf(channel.kind).send({ ...message, suspects }, valuesOf(channel), signal, () => (detail === undefined ? undefined : incidentPage(detail)));
      } catch (error) {
        if (error instanceof ToldInPart) {
          setTold();
        }
        throw error;
      }
      setTold();
    },
  });

  return {
    tell(incident) {
      const message = messageFor(incident);
      const isFor = ({ endpoints, minimumSeverity }: StoredChannel): boolean =>
        message !== undefined && (endpoints === null || endpoints.includes(message.endpoint)) && (message.event === 'resolved' || rank(message.severity) >= rank(minimumSeverity));
      for (const { name } of table.all().filter(isFor)) {
        queue.add({ key: name, subject: String(incident), payload: { channel: name, incident }, dueAt: Date.now() + timing.alertGroup });
      }
    },
    async test(channel, signal) {
      const now = Date.now();
      try {
        await kindOf(channel.kind).send({ event: 'test', key: `slipway ${hostname()} test ${now}`, endpoint: 'test', severity: 'info', title: 'This is a test of Slipway: incidents are told here.', openedAt: now, resolvedAt: null, alerts: [] }, valuesOf(channel), signal, () => undefined);
      } catch (error) {
        throw Problem.is(error) && error.reason !== 'internal' ? error : new Problem('unavailable', messageOf(error), { cause: error });
      }
    },
    stateOf(name) {
      const last = queue.ended().find(({ key, state }) => key === name && state !== 'cancelled');
      const open = queue.open().filter(({ key }) => key === name);
      const failing = open.find(({ failure }) => failure !== undefined);
      const ended = last?.endedAt === undefined ? null : { at: last.endedAt, failure: last.state === 'failed' ? (last.failure ?? last.state) : null };
      return { last: failing === undefined ? ended : { at: failing.updatedAt, failure: failing.failure ?? null }, waiting: open.length };
    },
    cancel(name) {
      queue.open().filter(({ key }) => key === name).forEach(({ id }) => queue.cancel(id));
    },
  };
}
