import { z } from 'zod';
import { severities, type Severity } from '../contract/alerts.ts';
import type { Database } from '../platform/database/database.ts';

export interface StoredChannel {
  readonly name: string;
  readonly kind: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly minimumSeverity: Severity;
  readonly endpoints: readonly string[] | null;
}

/** Channels, and what they have told. */
export interface ChannelTable {
  all(): StoredChannel[];
  get(name: string): StoredChannel | undefined;
  put(channel: StoredChannel): void;
  remove(name: string): void;
  /** What was told last of an incident. */
  told(channel: string, incident: number): string | undefined;
  setTold(channel: string, incident: number, content: string, at: number): void;
}

interface Row {
  readonly name: string;
  readonly kind: string;
  readonly fields: string;
  readonly minimum_severity: string;
  readonly endpoints: string | null;
}

const texts = z.record(z.string(), z.string());
const names = z.array(z.string());

function toChannel({ name, kind, fields, minimum_severity, endpoints }: Row): StoredChannel {
  return { name, kind, fields: texts.parse(JSON.parse(fields)), minimumSeverity: z.enum(severities).parse(minimum_severity), endpoints: endpoints === null ? null : names.parse(JSON.parse(endpoints)) };
}

export function createChannelTable(database: Database): ChannelTable {
  const list = database.prepare<[], Row>('SELECT * FROM alert_channels ORDER BY name');
  const find = database.prepare<[string], Row>('SELECT * FROM alert_channels WHERE name = ?');
  const put = database.prepare<[string, string, string, string, string | null]>(
    `INSERT INTO alert_channels (name, kind, fields, minimum_severity, endpoints) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET kind = excluded.kind, fields = excluded.fields, minimum_severity = excluded.minimum_severity, endpoints = excluded.endpoints`,
  );
  const drop = database.prepare<[string]>('DELETE FROM alert_channels WHERE name = ?');
  const findTold = database.prepare<[string, number], { content: string }>('SELECT content FROM alert_deliveries WHERE channel = ? AND incident = ?');
  const putTold = database.prepare<[string, number, string, number]>('INSERT OR REPLACE INTO alert_deliveries (channel, incident, content, at) VALUES (?, ?, ?, ?)');
  return {
    all: () => list.all().map(toChannel),
    get(name) {
      const row = find.get(name);
      return row === undefined ? undefined : toChannel(row);
    },
    put: ({ name, kind, fields, minimumSeverity, endpoints }) => void put.run(name, kind, JSON.stringify(fields), minimumSeverity, endpoints === null ? null : JSON.stringify(endpoints)),
    remove: (name) => void drop.run(name),
    told: (channel, incident) => findTold.get(channel, incident)?.content,
    setTold: (channel, incident, content, at) => void putTold.run(channel, incident, content, at),
  };
}
