import type { Database } from '../../platform/database/database.ts';

/** What an operator wants of an endpoint. */
export type Desired = 'running' | 'stopped' | 'deleted';

/** A release on a target: what a replica runs. */
export interface Place {
  readonly release: string;
  readonly target: string;
}

/** A release on a target, run by so many replicas. */
export interface Placement extends Place {
  readonly replicaCount: number;
}

export interface EndpointRecord {
  readonly name: string;
  readonly model: string;
  readonly target: string;
  /** How many replicas run the live release, and the one that is kept warm. */
  readonly replicaCount: number;
  readonly desired: Desired;
  readonly live: { readonly release: string; readonly version: number } | undefined;
  readonly createdAt: number;
}

/** A span of time in which a release was live. */
export interface LiveSpanRecord extends Place {
  readonly version: number;
  readonly from: number;
  readonly until: number | undefined;
  /** The span ended because someone rolled back from this release. */
  readonly rolledBack: boolean;
}

/** A span with the endpoint that it is of. */
export interface EndpointSpan extends LiveSpanRecord {
  readonly endpoint: string;
}

interface EndpointRow {
  readonly name: string;
  readonly model: string;
  readonly target: string;
  readonly replica_count: number;
  readonly desired: Desired;
  readonly live_release: string | null;
  readonly live_version: number | null;
  readonly created_at: number;
}

interface SpanRow {
  readonly endpoint: string;
  readonly release: string;
  readonly model_version: number;
  readonly target: string;
  readonly live_from: number;
  readonly live_until: number | null;
  readonly rolled_back: number;
}

export interface GoLive extends Placement {
  readonly version: number;
  readonly at: number;
  /** The release that was live until now is left by a rollback. */
  readonly rollback: boolean;
}

/** The endpoints and which release was live when. */
export interface EndpointTable {
  get(name: string): EndpointRecord | undefined;
  all(): EndpointRecord[];
  create(endpoint: Pick<EndpointRecord, 'name' | 'model' | 'target' | 'replicaCount' | 'createdAt'>): void;
  setDesired(name: string, desired: Desired): void;
  setReplicaCount(name: string, count: number): void;
  /** Makes a release the live one and writes the history. Call inside a transaction. */
  goLive(name: string, change: GoLive): void;
  remove(name: string): void;
  /** Spans of an endpoint, the newest first. */
  spans(name: string): LiveSpanRecord[];
  /** Spans of all endpoints of a model, the newest first. */
  spansOfModel(model: string): EndpointSpan[];
  /** Spans of the releases of which replicas are ready, of all endpoints, the newest first. */
  spansThatRun(): EndpointSpan[];
  /** How many different releases of each endpoint have been live. */
  releaseCounts(): ReadonlyMap<string, number>;
}

function toRecord(row: EndpointRow): EndpointRecord {
  return {
    name: row.name,
    model: row.model,
    target: row.target,
    replicaCount: row.replica_count,
    desired: row.desired,
    live: row.live_release === null || row.live_version === null ? undefined : { release: row.live_release, version: row.live_version },
    createdAt: row.created_at,
  };
}

function toSpan(row: SpanRow): LiveSpanRecord {
  return {
    release: row.release,
    version: row.model_version,
    target: row.target,
    from: row.live_from,
    until: row.live_until ?? undefined,
    rolledBack: row.rolled_back === 1,
  };
}

function toEndpointSpan(row: SpanRow): EndpointSpan {
  return { ...toSpan(row), endpoint: row.endpoint };
}

export function createEndpointTable(database: Database): EndpointTable {
  const select = database.prepare<[string], EndpointRow>('SELECT * FROM endpoints WHERE name = ?');
  const selectAll = database.prepare<[], EndpointRow>('SELECT * FROM endpoints ORDER BY name');
  const insert = database.prepare("INSERT INTO endpoints (name, model, target, replica_count, desired, created_at) VALUES (?, ?, ?, ?, 'running', ?)");
  const updateDesired = database.prepare('UPDATE endpoints SET desired = ? WHERE name = ?');
  const updateReplicaCount = database.prepare('UPDATE endpoints SET replica_count = ? WHERE name = ?');
  const updateLive = database.prepare('UPDATE endpoints SET live_release = ?, live_version = ?, target = ?, replica_count = ? WHERE name = ?');
  const endSpan = database.prepare('UPDATE endpoint_releases SET live_until = ?, rolled_back = ? WHERE endpoint = ? AND live_until IS NULL');
  const insertSpan = database.prepare('INSERT INTO endpoint_releases (endpoint, release, model_version, target, live_from) VALUES (?, ?, ?, ?, ?)');
  const selectSpans = database.prepare<[string], SpanRow>('SELECT * FROM endpoint_releases WHERE endpoint = ? ORDER BY id DESC');
  const selectRunningSpans = database.prepare<[], SpanRow>(
    "SELECT * FROM endpoint_releases WHERE (endpoint, release) IN (SELECT endpoint, release FROM replicas WHERE state = 'ready') ORDER BY id DESC",
  );
  const selectModelSpans = database.prepare<[string], SpanRow>(
    "SELECT endpoint_releases.* FROM endpoints JOIN endpoint_releases ON endpoint = name WHERE model = ? AND desired <> 'deleted' ORDER BY live_from DESC, id DESC",
  );
  const countReleases = database.prepare<[], { endpoint: string; releases: number }>('SELECT endpoint, COUNT(DISTINCT release) AS releases FROM endpoint_releases GROUP BY endpoint');
  const remove = database.prepare('DELETE FROM endpoints WHERE name = ?');
  return {
    get(name) {
      const row = select.get(name);
      return row === undefined ? undefined : toRecord(row);
    },
    all: () => selectAll.all().map(toRecord),
    create: ({ name, model, target, replicaCount, createdAt }) => void insert.run(name, model, target, replicaCount, createdAt),
    setDesired: (name, desired) => void updateDesired.run(desired, name),
    setReplicaCount: (name, count) => void updateReplicaCount.run(count, name),
    goLive(name, { release, version, target, replicaCount, at, rollback }) {
      endSpan.run(at, rollback ? 1 : 0, name);
      insertSpan.run(name, release, version, target, at);
      updateLive.run(release, version, target, replicaCount, name);
    },
    remove: (name) => void remove.run(name),
    spans: (name) => selectSpans.all(name).map(toSpan),
    spansOfModel: (model) => selectModelSpans.all(model).map(toEndpointSpan),
    spansThatRun: () => selectRunningSpans.all().map(toEndpointSpan),
    releaseCounts: () => new Map(countReleases.all().map(({ endpoint, releases }) => [endpoint, releases])),
  };
}
