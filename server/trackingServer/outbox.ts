import { z } from 'zod';
import { caller, type Caller } from '../contract/caller.ts';
import type { AuditLog, AuditRecord } from '../governance/auditLog.ts';
import { Problem } from '../platform/errors.ts';
import type { Jobs } from '../platform/jobs/jobs.ts';
import type { Judgement } from '../platform/jobs/retry.ts';
import { serverRetry } from './serverRetry.ts';
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
  /** Makes what waits now: a login was given, or the companion has started. */
  tryNow(): void;
}

export interface OutboxOptions {
  readonly jobs: Jobs;
  readonly servers: SharedServers;
  readonly audit: AuditLog;
  /** Called when what waits has changed. */
  readonly changed: () => void;
}

/** Entries that wait since before programs were told apart name the user alone. */
const actor = z.union([caller, z.string().transform((user): Caller => ({ user, program: 'other' }))]);
const record = z.object({ actor, action: z.string(), subject: z.string(), detail: z.record(z.string(), z.unknown()).default({}) });
const payload = z.object({ path: z.string(), body: z.record(z.string(), z.unknown()), summary: z.string(), audit: record.nullish() });

/** Servers that are called at once: one that hangs does not hold up the others. */
const serversAtOnce = 4;

function judge(error: unknown): Judgement {
  if (Problem.is(error, 'forbidden')) {
    return 'held';
  }
  // A problem about the tracking server itself is none of the call.
  const ofCall = Problem.is(error) && error.field !== 'trackingUri' && ['invalid-input', 'not-found', 'already-exists'].includes(error.reason);
  return ofCall ? 'final' : 'again';
}

export function createOutbox({ jobs, servers, audit, changed }: OutboxOptions): Outbox {
  const calls = jobs.register({
    kind: 'tracking-server.call',
    payload,
    retry: { ...serverRetry, judge },
    concurrency: serversAtOnce,
    async run({ key: server, payload: { path, body } }) {
      await servers.at(server).ask((client) => client.send('POST', path, body, z.object({})));
    },
    ended({ payload: { audit: told } }, end) {
      if (told === undefined || told === null) {
        return;
      }
      const refusal = end.state === 'failed' && end.error instanceof Error ? end.error.message : undefined;
      audit.append(refusal === undefined ? told : { ...told, action: `${told.action}.refused`, detail: { ...told.detail, message: refusal } });
    },
    tried: changed,
  });
  return {
    put({ server, subject, path, body, summary, audit: told }) {
      // What waits for a server that was away a moment ago goes first, and now.
      calls.hurry(server);
      calls.add({ key: server, subject, payload: { path, body: payload.shape.body.parse(body), summary, audit: told === undefined ? null : { detail: {}, ...told } } });
    },
    waiting: () => calls.open().map(({ payload: { summary }, failure }) => (failure === undefined ? summary : `${summary}: ${failure}`)),
    tryNow: () => calls.hurry(),
  };
}
