import { z } from 'zod';
import { gateResult } from '../contract/gates.ts';
import type { Database } from '../platform/database/database.ts';

/** A result as it was found: who answers for it, and whether the policy still asks for just that, is looked up when it is shown. */
export const foundResult = gateResult.omit({ waiver: true }).extend({
  /** What the policy asked for, as `askedOf` writes it; empty of a run that did not keep it. */
  asked: z.string().default(''),
});
export type FoundResult = z.infer<typeof foundResult>;

export interface StoredRun {
  readonly model: string;
  readonly version: number;
  readonly state: 'done' | 'failed';
  readonly message: string;
  readonly release: string | null;
  readonly liveRelease: string | null;
  readonly results: readonly FoundResult[];
  readonly startedAt: number;
  readonly endedAt: number;
  readonly requestedBy: string;
}

export interface Waiver {
  readonly model: string;
  readonly version: number;
  readonly gate: string;
  readonly by: string;
  readonly reason: string;
  readonly until: number;
}

export interface GateTable {
  run(model: string, version: number): StoredRun | undefined;
  putRun(run: StoredRun): void;
  waivers(model: string, version: number): Waiver[];
  putWaiver(waiver: Waiver): void;
}

export const storedResults = z.array(foundResult);

export function createGateTable(database: Database): GateTable {
  const find = database.prepare<[string, number], Omit<StoredRun, 'results'> & { readonly results: string }>(
    `SELECT model, version, state, message, release, live_release AS liveRelease, results, started_at AS startedAt, ended_at AS endedAt, requested_by AS requestedBy
     FROM gate_runs WHERE model = ? AND version = ?`,
  );
  const put = database.prepare<Omit<StoredRun, 'results'> & { readonly results: string }>(
    `INSERT OR REPLACE INTO gate_runs (model, version, state, message, release, live_release, results, started_at, ended_at, requested_by)
     VALUES (@model, @version, @state, @message, @release, @liveRelease, @results, @startedAt, @endedAt, @requestedBy)`,
  );
  const waivers = database.prepare<[string, number], Waiver>('SELECT model, version, gate, given_by AS "by", reason, until FROM gate_waivers WHERE model = ? AND version = ?');
  const waive = database.prepare<Waiver>('INSERT OR REPLACE INTO gate_waivers (model, version, gate, given_by, reason, until) VALUES (@model, @version, @gate, @by, @reason, @until)');
  return {
    run(model, version) {
      const found = find.get(model, version);
      return found === undefined ? undefined : { ...found, results: storedResults.parse(JSON.parse(found.results)) };
    },
    putRun: (run) => void put.run({ ...run, results: JSON.stringify(run.results) }),
    waivers: (model, version) => waivers.all(model, version),
    putWaiver: (waiver) => void waive.run(waiver),
  };
}
