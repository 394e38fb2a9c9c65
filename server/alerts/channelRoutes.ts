import type { Router } from 'express';
import { channelRoutes, type AlertChannel } from '../contract/channels.ts';
import type { AuditLog } from '../governance/auditLog.ts';
import type { Database } from '../platform/database/database.ts';
import { Problem } from '../platform/errors.ts';
import { implementAll } from '../platform/http/implement.ts';
import type { Secrets } from '../platform/secrets/secrets.ts';
import { channelOf, channels } from './channels/channels.ts';
import type { ChannelTable, StoredChannel } from './channelTable.ts';
import { secretName, type Delivery } from './delivery.ts';

export interface ChannelParts {
  readonly database: Database;
  readonly table: ChannelTable;
  readonly delivery: Delivery;
  readonly secrets: Secrets;
  readonly audit: AuditLog;
}

/** Adding, removing and testing channels. Secrets go into the secrets and come back to nobody. */
export function mountChannelRoutes(router: Router, { database, table, delivery, secrets, audit }: ChannelParts): void {
  const shown = (channel: StoredChannel): AlertChannel => ({ ...channel, fields: { ...channel.fields }, endpoints: channel.endpoints === null ? null : [...channel.endpoints], ...delivery.stateOf(channel.name) });
  const must = (name: string): StoredChannel => {
    const found = table.get(name);
    if (found === undefined) {
      throw new Problem('not-found', `There is no channel ${name}.`, { field: 'name', remedy: 'List them with "slipway channels".' });
    }
    return found;
  };
  implementAll(router, channelRoutes, {
    listChannels: () => ({ channels: table.all().map(shown), kinds: channels.map(({ kind, label, fields }) => ({ kind, label, fields: [...fields] })) }),
    addChannel({ name, kind, fields: given, minimumSeverity, endpoints }, { caller }) {
      const channel = channelOf(kind);
      if (channel === undefined) {
        throw new Problem('invalid-input', `kind: there is no ${kind}`, { field: 'kind', remedy: `Name one of ${channels.map((each) => each.kind).join(', ')}.` });
      }
      const before = table.get(name);
      const stranger = Object.keys(given).find((field) => channel.fields.every((each) => each.name !== field));
      if (stranger !== undefined) {
        throw new Problem('invalid-input', `fields.${stranger}: ${channel.label} has no such field`, { field: `fields.${stranger}`, remedy: `It has ${channel.fields.map((field) => field.name).join(', ') || 'none'}.` });
      }
      const missing = channel.fields.find((field) => field.isRequired && (given[field.name] ?? '') === '' && !(field.isSecret && before?.kind === kind && secrets.get(secretName(name, field.name)) !== undefined));
      if (missing !== undefined) {
        throw new Problem('invalid-input', `fields.${missing.name}: ${missing.label} is missing`, { field: `fields.${missing.name}`, remedy: `Give it${missing.example === undefined ? '' : `, such as ${missing.example}`}.` });
      }
      channel.check?.(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')));
      const open = channel.fields.filter(({ isSecret }) => !isSecret).flatMap((field) => ((given[field.name] ?? '') === '' ? [] : [[field.name, given[field.name] ?? ''] as const]));
      const stored: StoredChannel = { name, kind, fields: Object.fromEntries(open), minimumSeverity, endpoints };
      if (before !== undefined && before.kind !== kind) {
        forget(before);
      }
      for (const field of channel.fields.filter(({ isSecret }) => isSecret)) {
        const value = given[field.name] ?? '';
        if (value !== '') {
          secrets.set(secretName(name, field.name), value);
        }
      }
      database.transaction(() => {
        table.put(stored);
        audit.append({ actor: caller, action: 'channel.added', subject: name, detail: { kind, minimumSeverity, endpoints } });
      })();
      return shown(stored);
    },
    removeChannel({ name }, { caller }) {
      const channel = must(name);
      delivery.cancel(name);
      database.transaction(() => {
        table.remove(name);
        audit.append({ actor: caller, action: 'channel.removed', subject: name });
      })();
      forget(channel);
      return {};
    },
    async testChannel({ name }, { signal }) {
      await delivery.test(must(name), signal);
      return {};
    },
  });

  function forget({ name, kind }: StoredChannel): void {
    channelOf(kind)?.fields.forEach((field) => secrets.delete(secretName(name, field.name)));
  }
}
