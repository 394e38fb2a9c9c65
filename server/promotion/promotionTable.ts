import { program, type Caller } from '../contract/caller.ts';
import type { Approval } from '../contract/promotions.ts';
import { signerOfLine } from '../platform/ssh/allowedSigners.ts';
import { servingConfig, type ServingConfig } from '../contract/servingConfig.ts';
import type { Database } from '../platform/database/database.ts';
import { storedResults, type FoundResult } from './gateTable.ts';

export interface StoredPromotion {
  readonly id: number;
  readonly model: string;
  readonly version: number;
  readonly endpoint: string;
  /** Undefined: as the live release is served. */
  readonly serving: ServingConfig | undefined;
  readonly reason: string;
  readonly requestedBy: Caller;
  readonly requestedAt: number;
  readonly expiresAt: number;
  readonly breakGlass: boolean;
  /** Null until it is packaged and judged. */
  readonly release: string | null;
  readonly liveRelease: string | null;
  readonly results: readonly FoundResult[];
  readonly rollout: string | null;
  readonly ended: { readonly as: 'rejected' | 'void' | 'failed'; readonly message: string; readonly at: number } | undefined;
}

type NewPromotion = Pick<StoredPromotion, 'model' | 'version' | 'endpoint' | 'serving' | 'reason' | 'requestedBy' | 'requestedAt' | 'expiresAt' | 'breakGlass'>;

export interface PromotionTable {
  get(id: number): StoredPromotion | undefined;
  /** The newest first. */
  list(query: { readonly model: string | undefined; readonly limit: number }): StoredPromotion[];
  /** Those that have neither a rollout nor an end. */
  unended(): StoredPromotion[];
  add(promotion: NewPromotion): number;
  judged(id: number, outcome: Pick<StoredPromotion, 'liveRelease' | 'results'> & { readonly release: string }): void;
  started(id: number, rollout: string): void;
  end(id: number, ended: NonNullable<StoredPromotion['ended']>): void;
  approvals(id: number): Approval[];
  approve(id: number, approval: Approval): void;
}

interface Row {
  readonly id: number;
  readonly model: string;
  readonly version: number;
  readonly endpoint: string;
  readonly serving: string | null;
  readonly reason: string;
  readonly requested_by: string;
  readonly requested_with: string;
  readonly requested_at: number;
  readonly expires_at: number;
  readonly break_glass: number;
  readonly release: string | null;
  readonly live_release: string | null;
  readonly results: string;
  readonly rollout: string | null;
  readonly ended: 'rejected' | 'void' | 'failed' | null;
  readonly ended_message: string | null;
  readonly ended_at: number | null;
}

interface ApprovalRow {
  readonly by: string;
  readonly release: string;
  readonly reason: string;
  readonly at: number;
  readonly text: string | null;
  readonly signature: string | null;
  readonly signer: string | null;
}

function toApproval({ by, release, reason, at, text, signature, signer }: ApprovalRow): Approval {
  const key = signer === null ? undefined : signerOfLine(signer)?.key;
  return { by, release, reason, at, ...(text === null || signature === null || signer === null || key === undefined ? {} : { signed: { text, signature, signer, key } }) };
}

function toPromotion(row: Row): StoredPromotion {
  const { id, model, version, endpoint, reason, release, rollout } = row;
  return {
    id,
    model,
    version,
    endpoint,
    serving: row.serving === null ? undefined : servingConfig.parse(JSON.parse(row.serving)),
    reason,
    requestedBy: { user: row.requested_by, program: program.catch('other').parse(row.requested_with) },
    requestedAt: row.requested_at,
    expiresAt: row.expires_at,
    breakGlass: row.break_glass === 1,
    release,
    liveRelease: row.live_release,
    results: storedResults.parse(JSON.parse(row.results)),
    rollout,
    ended: row.ended === null ? undefined : { as: row.ended, message: row.ended_message ?? '', at: row.ended_at ?? row.requested_at },
  };
}

export function createPromotionTable(database: Database): PromotionTable {
  const find = database.prepare<[number], Row>('SELECT * FROM promotions WHERE id = ?');
  const list = database.prepare<[string | null, string | null, number], Row>('SELECT * FROM promotions WHERE (? IS NULL OR model = ?) ORDER BY id DESC LIMIT ?');
  const unended = database.prepare<[], Row>('SELECT * FROM promotions WHERE rollout IS NULL AND ended IS NULL ORDER BY id');
  const insert = database.prepare<[string, number, string, string | null, string, string, string, number, number, number]>(
    'INSERT INTO promotions (model, version, endpoint, serving, reason, requested_by, requested_with, requested_at, expires_at, break_glass) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const setJudged = database.prepare<[string, string | null, string, number]>('UPDATE promotions SET release = ?, live_release = ?, results = ? WHERE id = ?');
  const setStarted = database.prepare<[string, number]>('UPDATE promotions SET rollout = ? WHERE id = ?');
  const setEnded = database.prepare<[string, string, number, number]>('UPDATE promotions SET ended = ?, ended_message = ?, ended_at = ? WHERE id = ?');
  const approvals = database.prepare<[number], ApprovalRow>('SELECT given_by AS "by", release, reason, at, signed_text AS text, signature, signer FROM promotion_approvals WHERE promotion = ? ORDER BY at, given_by');
  const addApproval = database.prepare<[number, string, string, string, number, string | null, string | null, string | null]>(
    'INSERT OR REPLACE INTO promotion_approvals (promotion, given_by, release, reason, at, signed_text, signature, signer) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  return {
    get(id) {
      const row = find.get(id);
      return row === undefined ? undefined : toPromotion(row);
    },
    list: ({ model = null, limit }) => list.all(model, model, limit).map(toPromotion),
    unended: () => unended.all().map(toPromotion),
    add: ({ model, version, endpoint, serving, reason, requestedBy: { user, program: through }, requestedAt, expiresAt, breakGlass }) =>
      Number(insert.run(model, version, endpoint, serving === undefined ? null : JSON.stringify(serving), reason, user, through, requestedAt, expiresAt, breakGlass ? 1 : 0).lastInsertRowid),
    judged: (id, { release, liveRelease, results }) => void setJudged.run(release, liveRelease, JSON.stringify(results), id),
    started: (id, rollout) => void setStarted.run(rollout, id),
    end: (id, { as, message, at }) => void setEnded.run(as, message, at, id),
    approvals: (id) => approvals.all(id).map(toApproval),
    approve: (id, { by, release, reason, at, signed }) => void addApproval.run(id, by, release, reason, at, signed?.text ?? null, signed?.signature ?? null, signed?.signer ?? null),
  };
}
