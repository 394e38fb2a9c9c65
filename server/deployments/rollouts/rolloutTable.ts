import { z } from 'zod';
import { answeredAllowance, type AnsweredAllowance } from '../../contract/allowances.ts';
import type { Caller } from '../../contract/caller.ts';
import { rolloutComparison, rolloutNeed, strategy, type JournalEntry, type RolloutComparison, type RolloutKind, type RolloutNeed, type RolloutState, type Strategy } from '../../contract/deployments.ts';
import { rehearsalReport, type RehearsalReport } from '../../contract/rehearsal.ts';
import { shadowReport, type ShadowReport } from '../../contract/shadow.ts';
import { servingConfig, type ServingConfig } from '../../contract/servingConfig.ts';
import type { Database } from '../../platform/database/database.ts';

/** A rollout with all that it needs to go on after a crash. */
export interface RolloutRecord {
  readonly id: string;
  readonly endpoint: string;
  readonly kind: RolloutKind;
  readonly model: string;
  readonly version: number;
  /** URL of the MLflow server that holds the version; undefined for the companion's own registry. */
  readonly server: string | undefined;
  readonly target: string;
  /** How many replicas of the new release run. */
  readonly replicaCount: number;
  readonly serving: ServingConfig;
  readonly strategy: Strategy;
  readonly from: { readonly release: string; readonly version: number } | undefined;
  /** Undefined until the release is packaged. */
  readonly to: string | undefined;
  readonly state: RolloutState;
  readonly step: string;
  /** The new release's share of the traffic in percent. */
  readonly weight: number;
  /** Index of the canary's current share; 0 before the first. */
  readonly stage: number;
  /** When the current share came into force. */
  readonly stageSince: number | undefined;
  /** Someone said that a hold may end. */
  readonly promoted: boolean;
  /** What it holds for; empty while it does not hold. */
  readonly needs: readonly RolloutNeed[];
  /** What it was refused for, and a person may allow; empty where it did not fail, or for nothing that could be allowed. */
  readonly allowable: readonly AnsweredAllowance[];
  /** What the new release was judged by last; undefined where nothing was counted. */
  readonly comparison: RolloutComparison | undefined;
  /** What the new release answered to recorded requests; undefined where there was no rehearsal. */
  readonly rehearsal: RehearsalReport | undefined;
  /** What it did with copies of live requests; undefined where it got none. */
  readonly shadow: ShadowReport | undefined;
  readonly requestedBy: Caller;
  readonly reason: string;
  readonly message: string;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
}

export type NewRollout = Pick<
  RolloutRecord,
  'id' | 'endpoint' | 'kind' | 'model' | 'version' | 'server' | 'target' | 'replicaCount' | 'serving' | 'strategy' | 'from' | 'to' | 'requestedBy' | 'reason' | 'message' | 'startedAt' | 'step'
>;

/** The columns that change while a rollout goes on. */
export interface RolloutChange {
  readonly to?: string;
  readonly state?: RolloutState;
  readonly step?: string;
  readonly weight?: number;
  readonly stage?: number;
  readonly stageSince?: number | null;
  readonly promoted?: boolean;
  readonly needs?: readonly RolloutNeed[];
  readonly allowable?: readonly AnsweredAllowance[];
  readonly comparison?: RolloutComparison;
  readonly rehearsal?: RehearsalReport;
  readonly shadow?: ShadowReport;
  readonly message?: string;
  readonly endedAt?: number;
}

/** What a rollout was asked to bring, by whom and why. */
export interface Bringing extends Pick<RolloutRecord, 'id' | 'kind' | 'reason' | 'requestedBy' | 'startedAt'> {
  readonly release: string;
  readonly fromVersion: number | undefined;
}

/** A line of a rollout's journal. */
export type JournalRecord = Omit<JournalEntry, 'label'>;
export type NewJournalEntry = Omit<JournalRecord, 'at' | 'needs'> & { readonly needs?: readonly RolloutNeed[] };

interface JournalRow extends Omit<JournalRecord, 'needs'> {
  readonly needs: string;
}

interface Row {
  readonly id: string;
  readonly endpoint: string;
  readonly kind: RolloutKind;
  readonly model: string;
  readonly version: number;
  readonly server: string | null;
  readonly target: string;
  readonly replica_count: number;
  readonly serving: string;
  readonly strategy: string;
  readonly from_release: string | null;
  readonly from_version: number | null;
  readonly to_release: string | null;
  readonly state: RolloutState;
  readonly step: string;
  readonly weight: number;
  readonly stage: number;
  readonly stage_since: number | null;
  readonly promoted: number;
  readonly needs: string;
  readonly allowable: string;
  readonly comparison: string | null;
  readonly rehearsal: string | null;
  readonly shadow: string | null;
  readonly requested_by: string;
  /** Null in rollouts of before programs were told apart. */
  readonly requested_with: string | null;
  readonly reason: string;
  readonly message: string;
  readonly started_at: number;
  readonly ended_at: number | null;
}

/** Rollouts and their journals. */
export interface RolloutTable {
  get(id: string): RolloutRecord | undefined;
  /** The rollout of an endpoint that has not ended. */
  active(endpoint: string): RolloutRecord | undefined;
  latest(endpoint: string): RolloutRecord | undefined;
  /** The rollouts of all endpoints that have not ended. */
  allActive(): RolloutRecord[];
  /** The latest rollout of each endpoint. */
  latestOfEach(): RolloutRecord[];
  list(endpoint: string): RolloutRecord[];
  /** The model version that a rollout brought to an endpoint as this release. */
  versionOf(endpoint: string, release: string): number | undefined;
  /** Rollouts of an endpoint that had a release to bring, whatever became of them, the newest first. */
  bringing(endpoint: string): Bringing[];
  /** What deploys to an endpoint that brought a release allowed, and who asked for each; the oldest first. */
  allowedOf(endpoint: string): { readonly release: string; readonly serving: ServingConfig; readonly by: string }[];
  create(rollout: NewRollout): RolloutRecord;
  change(id: string, change: RolloutChange): void;
  write(id: string, entry: NewJournalEntry): void;
  /** The oldest first. */
  journal(id: string): JournalRecord[];
}

const storedNeeds = z.array(rolloutNeed);
const storedAllowances = z.array(answeredAllowance);

function callerOf(row: Pick<Row, 'requested_by' | 'requested_with'>): Caller {
  return { user: row.requested_by, program: row.requested_with ?? 'other' };
}

function toRecord(row: Row): RolloutRecord {
  return {
    id: row.id,
    endpoint: row.endpoint,
    kind: row.kind,
    model: row.model,
    version: row.version,
    server: row.server ?? undefined,
    target: row.target,
    replicaCount: row.replica_count,
    serving: servingConfig.parse(JSON.parse(row.serving)),
    strategy: strategy.parse(JSON.parse(row.strategy)),
    from: row.from_release === null || row.from_version === null ? undefined : { release: row.from_release, version: row.from_version },
    to: row.to_release ?? undefined,
    state: row.state,
    step: row.step,
    weight: row.weight,
    stage: row.stage,
    stageSince: row.stage_since ?? undefined,
    promoted: row.promoted === 1,
    needs: storedNeeds.parse(JSON.parse(row.needs)),
    allowable: storedAllowances.parse(JSON.parse(row.allowable)),
    comparison: row.comparison === null ? undefined : rolloutComparison.parse(JSON.parse(row.comparison)),
    rehearsal: row.rehearsal === null ? undefined : rehearsalReport.parse(JSON.parse(row.rehearsal)),
    shadow: row.shadow === null ? undefined : shadowReport.parse(JSON.parse(row.shadow)),
    requestedBy: callerOf(row),
    reason: row.reason,
    message: row.message,
    startedAt: row.started_at,
    endedAt: row.ended_at ?? undefined,
  };
}

export function createRolloutTable(database: Database, now: () => number = Date.now): RolloutTable {
  const select = database.prepare<[string], Row>('SELECT * FROM rollouts WHERE id = ?');
  const selectActive = database.prepare<[string], Row>("SELECT * FROM rollouts WHERE endpoint = ? AND state IN ('running', 'held')");
  const selectAll = database.prepare<[string, number], Row>('SELECT * FROM rollouts WHERE endpoint = ? ORDER BY started_at DESC, rowid DESC LIMIT ?');
  const selectAllActive = database.prepare<[], Row>("SELECT * FROM rollouts WHERE state IN ('running', 'held')");
  const selectLatestOfEach = database.prepare<[], Row>(
    `SELECT rollouts.* FROM endpoints JOIN rollouts
       ON rollouts.rowid = (SELECT rowid FROM rollouts WHERE endpoint = endpoints.name ORDER BY started_at DESC, rowid DESC LIMIT 1)`,
  );
  const selectVersion = database
    .prepare<[string, string], number>('SELECT version FROM rollouts WHERE endpoint = ? AND to_release = ? ORDER BY started_at DESC, rowid DESC LIMIT 1')
    .pluck();
  const selectBringing = database.prepare<[string], Pick<Row, 'id' | 'kind' | 'from_version' | 'requested_by' | 'requested_with' | 'reason' | 'started_at'> & { readonly to_release: string }>(
    `SELECT id, kind, to_release, from_version, requested_by, requested_with, reason, started_at FROM rollouts
     WHERE endpoint = ? AND to_release IS NOT NULL ORDER BY started_at DESC, rowid DESC`,
  );
  const selectAllowed = database.prepare<[string], { readonly release: string; readonly serving: string; readonly by: string }>(
    `SELECT DISTINCT to_release AS release, serving, requested_by AS by FROM rollouts
     WHERE endpoint = ? AND kind = 'deploy' AND to_release IS NOT NULL AND (serving ->> 'allowedImports' IS NOT NULL OR serving ->> 'allowedBuilds' IS NOT NULL) ORDER BY started_at`,
  );
  const insert = database.prepare(
    `INSERT INTO rollouts (id, endpoint, kind, model, version, server, target, replica_count, serving, strategy, from_release, from_version, to_release,
       state, step, requested_by, requested_with, reason, message, started_at)
     VALUES (@id, @endpoint, @kind, @model, @version, @server, @target, @replicaCount, @serving, @strategy, @fromRelease, @fromVersion, @toRelease,
       'running', @step, @requestedBy, @requestedWith, @reason, @message, @startedAt)`,
  );
  const update = database.prepare(
    `UPDATE rollouts SET to_release = @to, state = @state, step = @step, weight = @weight, stage = @stage, stage_since = @stageSince,
       promoted = @promoted, needs = @needs, allowable = @allowable, comparison = @comparison, rehearsal = @rehearsal, shadow = @shadow, message = @message, ended_at = @endedAt
     WHERE id = @id`,
  );
  const insertEntry = database.prepare('INSERT INTO rollout_journal (rollout, at, step, event, message, needs) VALUES (?, ?, ?, ?, ?, ?)');
  const selectJournal = database.prepare<[string], JournalRow>('SELECT at, step, event, message, needs FROM rollout_journal WHERE rollout = ? ORDER BY id');
  const required = (id: string): RolloutRecord => {
    const row = select.get(id);
    if (row === undefined) {
      throw new Error(`rollout ${id} is not in the database`);
    }
    return toRecord(row);
  };
  return {
    get(id) {
      const row = select.get(id);
      return row === undefined ? undefined : toRecord(row);
    },
    active(endpoint) {
      const row = selectActive.get(endpoint);
      return row === undefined ? undefined : toRecord(row);
    },
    latest(endpoint) {
      const row = selectAll.get(endpoint, 1);
      return row === undefined ? undefined : toRecord(row);
    },
    allActive: () => selectAllActive.all().map(toRecord),
    latestOfEach: () => selectLatestOfEach.all().map(toRecord),
    list: (endpoint) => selectAll.all(endpoint, 200).map(toRecord),
    versionOf: (endpoint, release) => selectVersion.get(endpoint, release),
    bringing: (endpoint) =>
      selectBringing.all(endpoint).map((row) => ({
        id: row.id,
        kind: row.kind,
        release: row.to_release,
        fromVersion: row.from_version ?? undefined,
        requestedBy: callerOf(row),
        reason: row.reason,
        startedAt: row.started_at,
      })),
    allowedOf: (endpoint) => selectAllowed.all(endpoint).map(({ serving, ...rest }) => ({ ...rest, serving: servingConfig.parse(JSON.parse(serving)) })),
    create(rollout) {
      insert.run({
        id: rollout.id,
        endpoint: rollout.endpoint,
        kind: rollout.kind,
        model: rollout.model,
        version: rollout.version,
        server: rollout.server ?? null,
        target: rollout.target,
        replicaCount: rollout.replicaCount,
        serving: JSON.stringify(rollout.serving),
        strategy: JSON.stringify(rollout.strategy),
        fromRelease: rollout.from?.release ?? null,
        fromVersion: rollout.from?.version ?? null,
        toRelease: rollout.to ?? null,
        step: rollout.step,
        requestedBy: rollout.requestedBy.user,
        requestedWith: rollout.requestedBy.program,
        reason: rollout.reason,
        message: rollout.message,
        startedAt: rollout.startedAt,
      });
      return required(rollout.id);
    },
    change(id, change) {
      const current = required(id);
      const comparison = change.comparison ?? current.comparison;
      const rehearsal = change.rehearsal ?? current.rehearsal;
      const shadow = change.shadow ?? current.shadow;
      update.run({
        id,
        to: change.to ?? current.to ?? null,
        state: change.state ?? current.state,
        step: change.step ?? current.step,
        weight: change.weight ?? current.weight,
        stage: change.stage ?? current.stage,
        stageSince: change.stageSince === undefined ? (current.stageSince ?? null) : change.stageSince,
        promoted: (change.promoted ?? current.promoted) ? 1 : 0,
        needs: JSON.stringify(change.needs ?? current.needs),
        allowable: JSON.stringify(change.allowable ?? current.allowable),
        comparison: comparison === undefined ? null : JSON.stringify(comparison),
        rehearsal: rehearsal === undefined ? null : JSON.stringify(rehearsal),
        shadow: shadow === undefined ? null : JSON.stringify(shadow),
        message: change.message ?? current.message,
        endedAt: change.endedAt ?? current.endedAt ?? null,
      });
    },
    write: (id, { step, event, message, needs = [] }) => void insertEntry.run(id, now(), step, event, message, JSON.stringify(needs)),
    journal: (id) => selectJournal.all(id).map((row) => ({ ...row, needs: storedNeeds.parse(JSON.parse(row.needs)) })),
  };
}
