import { caller, type Caller } from '../contract/caller.ts';
import type { AuditLog, AuditRecord } from '../governance/auditLog.ts';
import { Problem } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';
import type { Database } from '../platform/database/database.ts';
import { z } from 'zod';
import type { SharedServers } from './servers.ts';

/** A POST of MLflow's protocol that is to be made, however long the server is away. */
export interface OutgoingCall {
  readonly server: string;
  /** A newer call about the same subject takes the place of one that was not made yet. */
  readonly subject: string;
  /** Below `/api/2.0/mlflow`. */
  readonly path: string;
  readonly body: object;
  /** What it does, for people. */
  readonly summary: string;
  /** Written once the server has accepted it. */
  readonly audit?: AuditRecord;
}

/** Calls to shared servers that must not get lost: written with the change that they follow, made in order, tried again until answered. */
export interface Outbox {
  /** May be called inside a transaction. */
  put(call: OutgoingCall): void;
  /** Summaries of what was not made yet, with why not. */
  waiting(): string[];
  /** Makes what waits, now. */
  deliver(): Promise<void>;
  start(): void;
  stop(): void;
}

interface Row {
  readonly id: number;
  readonly server: string;
  readonly subject: string;
  readonly path: string;
  readonly body: string;
  readonly summary: string;
  readonly audit: string | null;
  readonly failure: string | null;
}

export interface OutboxOptions {
  readonly database: Database;
  readonly servers: SharedServers;
  readonly audit: AuditLog;
  readonly log: Log;
  /** Called when what waits has changed. */
  readonly changed: () => void;
}

const retryMilliseconds = 15_000;
const bodyOf = z.record(z.string(), z.unknown());
/** Entries that wait since before programs were told apart name the user alone. */
const actorOf = z.union([caller, z.string().transform((user): Caller => ({ user, program: 'other' }))]);
const recordOf = z.object({ actor: actorOf, action: z.string(), subject: z.string(), detail: z.record(z.string(), z.unknown()).default({}) });

/** The server will say the same again. */
function isFinal(error: unknown): error is Problem {
  if (Problem.is(error) && error.field === 'trackingUri') {
    return false;
  }
  return Problem.is(error, 'invalid-input') || Problem.is(error, 'not-found') || Problem.is(error, 'already-exists');
}

export function createOutbox({ database, servers, audit, log, changed }: OutboxOptions): Outbox {
  const insert = database.prepare<Omit<Row, 'id' | 'failure'>>(
    'INSERT OR REPLACE INTO remote_calls (server, subject, path, body, summary, audit) VALUES (@server, @subject, @path, @body, @summary, @audit)',
  );
  const all = database.prepare<[], Row>('SELECT * FROM remote_calls ORDER BY id');
  const remove = database.prepare<[number]>('DELETE FROM remote_calls WHERE id = ?');
  const fail = database.prepare<[string, number]>('UPDATE remote_calls SET failure = ? WHERE id = ?');
  let delivering: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const settle = database.transaction((row: Row, refusal: Problem | undefined) => {
    remove.run(row.id);
    if (row.audit !== null) {
      const record = recordOf.parse(JSON.parse(row.audit));
      audit.append(refusal === undefined ? record : { ...record, action: `${record.action}.refused`, detail: { ...record.detail, message: refusal.message } });
    }
  });
  const make = async (row: Row): Promise<'made' | 'away' | 'refuses the login'> => {
    try {
      await servers.at(row.server).ask((client) => client.send('POST', row.path, bodyOf.parse(JSON.parse(row.body)), z.object({})));
      if (!stopped) {
        settle(row, undefined);
      }
      return 'made';
    } catch (error) {
      if (stopped) {
        return 'away';
      }
      const message = error instanceof Error ? error.message : String(error);
      if (isFinal(error)) {
        log.warn(`${row.server} refused "${row.summary}": ${message}`);
        settle(row, error);
        return 'made';
      }
      fail.run(message, row.id);
      return Problem.is(error, 'forbidden') ? 'refuses the login' : 'away';
    }
  };
  const deliverAll = async (): Promise<void> => {
    const skipped = new Set<string>();
    const rows = all.all();
    let someAway = false;
    for (const row of rows) {
      const outcome = stopped || skipped.has(row.server) ? undefined : await make(row);
      if (outcome !== undefined && outcome !== 'made') {
        skipped.add(row.server);
        someAway ||= outcome === 'away';
      }
    }
    if (rows.length > 0 && !stopped) {
      changed();
    }
    // Where a login is refused, the next one starts the delivery.
    if (!stopped && (someAway || all.all().some(({ server }) => !skipped.has(server)))) {
      later(someAway ? retryMilliseconds : 0);
    }
  };
  const deliver = (): Promise<void> => {
    delivering ??= deliverAll().finally(() => {
      delivering = undefined;
    });
    return delivering;
  };
  const later = (milliseconds: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void deliver().catch((error: unknown) => log.error('calls to a shared server', error)), milliseconds);
    timer.unref();
  };

  return {
    put({ server, subject, path, body, summary, audit: record }) {
      insert.run({ server, subject, path, body: JSON.stringify(body), summary, audit: record === undefined ? null : JSON.stringify(record) });
      // Once the transaction of the caller has ended.
      later(0);
    },
    waiting: () => all.all().map(({ summary, failure }) => (failure === null ? summary : `${summary}: ${failure}`)),
    deliver,
    start: () => later(0),
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
