import { z } from 'zod';
import type { ReplicaState } from '../../contract/deployments.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Place } from '../endpoints/endpointTable.ts';

/** One model server that runs, ran or is to run. */
export interface ReplicaRecord extends Place {
  readonly id: string;
  readonly endpoint: string;
  readonly state: ReplicaState;
  /** Where it answers, each as `host:port`; chosen anew at each start. */
  readonly addresses: readonly string[];
  /** Process id or container id. */
  readonly handle: string | undefined;
  /** Tells this process from a later one with the same id. */
  readonly identity: string | undefined;
  readonly startedAt: number;
  readonly readyAt: number | undefined;
  readonly restarts: number;
  /** When a failed replica is started again. */
  readonly retryAt: number | undefined;
  /** It is being stopped, and nothing can keep it any more. */
  readonly retiring: boolean;
  readonly message: string | undefined;
  /** What keeps it apart from the rest of the machine, in words; undefined for one that an earlier version started. */
  readonly isolation: string | undefined;
}

export interface ReplicaChange {
  readonly state?: ReplicaState;
  readonly addresses?: readonly string[];
  readonly handle?: string | null;
  readonly identity?: string | null;
  readonly startedAt?: number;
  readonly readyAt?: number | null;
  readonly restarts?: number;
  readonly retryAt?: number | null;
  readonly retiring?: boolean;
  readonly message?: string | null;
  readonly isolation?: string;
}

interface Row {
  readonly id: string;
  readonly endpoint: string;
  readonly release: string;
  readonly target: string;
  readonly state: ReplicaState;
  readonly addresses: string;
  readonly handle: string | null;
  readonly identity: string | null;
  readonly started_at: number;
  readonly ready_at: number | null;
  readonly restarts: number;
  readonly retry_at: number | null;
  readonly retiring: number;
  readonly message: string | null;
  readonly isolation: string | null;
}

export interface ReplicaTable {
  get(id: string): ReplicaRecord | undefined;
  /** Replicas of an endpoint, the oldest first. */
  list(endpoint: string): ReplicaRecord[];
  all(): ReplicaRecord[];
  create(replica: Pick<ReplicaRecord, 'id' | 'endpoint' | 'release' | 'target' | 'startedAt'>): void;
  change(id: string, change: ReplicaChange): void;
  remove(id: string): void;
}

const storedAddresses = z.array(z.string());

function toRecord(row: Row): ReplicaRecord {
  return {
    id: row.id,
    endpoint: row.endpoint,
    release: row.release,
    target: row.target,
    state: row.state,
    addresses: storedAddresses.parse(JSON.parse(row.addresses)),
    handle: row.handle ?? undefined,
    identity: row.identity ?? undefined,
    startedAt: row.started_at,
    readyAt: row.ready_at ?? undefined,
    restarts: row.restarts,
    retryAt: row.retry_at ?? undefined,
    retiring: row.retiring === 1,
    message: row.message ?? undefined,
    isolation: row.isolation ?? undefined,
  };
}

export function createReplicaTable(database: Database): ReplicaTable {
  const select = database.prepare<[string], Row>('SELECT * FROM replicas WHERE id = ?');
  const selectEndpoint = database.prepare<[string], Row>('SELECT * FROM replicas WHERE endpoint = ? ORDER BY rowid');
  const selectAll = database.prepare<[], Row>('SELECT * FROM replicas ORDER BY rowid');
  const insert = database.prepare("INSERT INTO replicas (id, endpoint, release, target, state, started_at) VALUES (?, ?, ?, ?, 'starting', ?)");
  const update = database.prepare(
    `UPDATE replicas SET state = @state, addresses = @addresses, handle = @handle, identity = @identity, started_at = @startedAt,
       ready_at = @readyAt, restarts = @restarts, retry_at = @retryAt, retiring = @retiring, message = @message, isolation = @isolation
     WHERE id = @id`,
  );
  const remove = database.prepare('DELETE FROM replicas WHERE id = ?');
  const kept = <T>(change: T | null | undefined, current: T | undefined): T | null => (change === undefined ? (current ?? null) : change);
  return {
    get(id) {
      const row = select.get(id);
      return row === undefined ? undefined : toRecord(row);
    },
    list: (endpoint) => selectEndpoint.all(endpoint).map(toRecord),
    all: () => selectAll.all().map(toRecord),
    create: ({ id, endpoint, release, target, startedAt }) => void insert.run(id, endpoint, release, target, startedAt),
    change(id, change) {
      const row = select.get(id);
      if (row === undefined) {
        return;
      }
      const current = toRecord(row);
      update.run({
        id,
        state: change.state ?? current.state,
        addresses: JSON.stringify(change.addresses ?? current.addresses),
        handle: kept(change.handle, current.handle),
        identity: kept(change.identity, current.identity),
        startedAt: change.startedAt ?? current.startedAt,
        readyAt: kept(change.readyAt, current.readyAt),
        restarts: change.restarts ?? current.restarts,
        retryAt: kept(change.retryAt, current.retryAt),
        retiring: (change.retiring ?? current.retiring) ? 1 : 0,
        message: kept(change.message, current.message),
        isolation: kept(change.isolation, current.isolation),
      });
    },
    remove: (id) => void remove.run(id),
  };
}
