import { Pool } from 'undici';

/** Connections to one replica; what is above them waits in a queue. */
const connectionsPerReplica = 128;
const connectMilliseconds = 2000;
/** Below the 5 s after which uvicorn closes an idle connection. */
const keepAliveMilliseconds = 4000;
/** How long a replica that refused a connection is passed over while another can answer. */
const refusedMilliseconds = 1000;

/** The gateway's side of one replica. It outlives the route that named it until its last request has finished. */
export interface ReplicaConnection {
  readonly address: string;
  readonly pool: Pool;
  inFlight: number;
  /** `performance.now()` until which it is passed over. */
  refusedUntil: number;
}

export interface ReplicaConnections {
  get(address: string): ReplicaConnection;
  begin(connection: ReplicaConnection): void;
  end(connection: ReplicaConnection): void;
  markRefused(connection: ReplicaConnection): void;
  /** True when the replica has not refused a connection just now. */
  readonly isUp: (address: string) => boolean;
  readonly inFlight: (address: string) => number;
  /** Requests in flight by address; addresses without any are named while a route names them. */
  report(): Record<string, number>;
  total(): number;
  /** Closes the connections to replicas that no route names any more, each once it has finished. */
  keepOnly(addresses: ReadonlySet<string>): void;
  close(): Promise<void>;
}

/** Keep-alive connections to the replicas, and how many requests each has in flight. */
export function createReplicaConnections(): ReplicaConnections {
  const connections = new Map<string, ReplicaConnection>();
  let wanted: ReadonlySet<string> = new Set();
  let total = 0;

  const dropIfUnused = (connection: ReplicaConnection): void => {
    if (connection.inFlight === 0 && !wanted.has(connection.address)) {
      connections.delete(connection.address);
      void connection.pool.close();
    }
  };
  const connect = (address: string): ReplicaConnection => {
    const pool = new Pool(`http://${address}`, {
      connections: connectionsPerReplica,
      pipelining: 1,
      keepAliveTimeout: keepAliveMilliseconds,
      connect: { timeout: connectMilliseconds },
    });
    const connection = { address, pool, inFlight: 0, refusedUntil: 0 };
    connections.set(address, connection);
    return connection;
  };

  return {
    get: (address) => connections.get(address) ?? connect(address),
    begin(connection) {
      connection.inFlight += 1;
      total += 1;
    },
    end(connection) {
      connection.inFlight -= 1;
      total -= 1;
      dropIfUnused(connection);
    },
    markRefused(connection) {
      connection.refusedUntil = performance.now() + refusedMilliseconds;
    },
    isUp: (address) => (connections.get(address)?.refusedUntil ?? 0) <= performance.now(),
    inFlight: (address) => connections.get(address)?.inFlight ?? 0,
    report: () => Object.fromEntries([...connections.values()].map(({ address, inFlight }) => [address, inFlight])),
    total: () => total,
    keepOnly(addresses) {
      wanted = addresses;
      for (const connection of connections.values()) {
        dropIfUnused(connection);
      }
    },
    async close() {
      await Promise.all([...connections.values()].map(({ pool }) => pool.destroy()));
    },
  };
}
