import { setImmediate as pause } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import type { AuditHead, AuditProblem, AuditVerification } from '../contract/governance.ts';
import { createContentDigest, emptyHead, type AuditRow } from './auditChain.ts';
import type { AuditKey } from './auditKey.ts';
import { givesUp, sealIn, type SealOfEntry } from './auditSeal.ts';
import { erasedAction, readErasures } from './erasures.ts';

/** A head that was kept outside of the database. */
export interface KeptElsewhere {
  readonly head: AuditHead;
  /** Who keeps it, for people, such as `audit.head`. */
  readonly by: string;
}

interface Seal extends SealOfEntry {
  readonly row: AuditRow;
  /** Whether what is before it is as it was. */
  readonly holds: boolean;
  /** What the entries before it were sealed with. */
  readonly before: 'nothing' | 'another key' | 'this key';
}

/** What reading the log from its beginning finds. */
interface Reading {
  readonly last: AuditHead;
  /** Entries that are not as they were written, in order. */
  readonly changed: readonly number[];
  /** Entries that are not there, as first and last. */
  readonly removed: readonly (readonly [number, number])[];
  /** Entries of another key. */
  readonly foreign: readonly number[];
  readonly seals: readonly Seal[];
  /** The heads that the log does not have. */
  readonly missed: readonly KeptElsewhere[];
}

/** Entries that are read at once; requests are answered in between. */
const pageRows = 500;

async function read(database: Database, key: AuditKey | undefined, kept: readonly KeptElsewhere[]): Promise<Reading> {
  const page = database.prepare<[number, number], AuditRow>('SELECT * FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?');
  const isAsWritten = readErasures(database, key);
  const content = createContentDigest();
  const open = new Set(kept.filter(({ head }) => head.count > 0));
  const changed: number[] = [];
  const removed: [number, number][] = [];
  const foreign: number[] = [];
  const seals: Seal[] = [];
  let last = emptyHead;
  let restores = 0;
  let before: Seal['before'] = 'nothing';
  for (let rows = page.all(0, pageRows); rows.length > 0; rows = page.all(last.count, pageRows)) {
    for (const row of rows) {
      if (row.sequence !== last.count + 1) {
        removed.push([last.count + 1, row.sequence - 1]);
      } else if (row.previous_hash !== last.digest && changed.at(-1) !== last.count) {
        changed.push(row.sequence);
      }
      const own = row.key_id !== null && row.key_id === key?.id;
      if (row.key_id !== null && !own) {
        foreign.push(row.sequence);
      } else if (!isAsWritten(row, own ? key : undefined) || (!own && before !== 'nothing')) {
        if (changed.at(-1) !== row.sequence) {
          changed.push(row.sequence);
        }
      } else if (own) {
        const seal = sealIn(row);
        if (seal !== undefined) {
          restores = Math.max(restores, seal.restores ?? 0);
          seals.push({ ...seal, row, before, holds: seal.entries === row.sequence - 1 && seal.content === content.soFar() });
        }
      }
      before = own ? 'this key' : row.key_id === null ? before : 'another key';
      content.add(row);
      last = { count: row.sequence, digest: row.hash, restores };
      for (const each of open) {
        if (each.head.count === last.count && each.head.digest === last.digest) {
          open.delete(each);
        }
      }
    }
    await pause();
  }
  return { last, changed, removed, foreign, seals, missed: [...open] };
}

const putInPlace = 'If you have put another database in the place of this one yourself, say so, which the log then keeps: "slipway backup now.db", then "slipway restore now.db".';
const compare = `Backups hold what was there ("slipway restore" lists them): compare. ${putInPlace}`;

function numbers(sequences: readonly number[]): string {
  const shown = sequences.slice(0, 5).join(', ');
  return sequences.length === 1 ? `Entry ${shown}` : `Entries ${shown}${sequences.length > 5 ? ` and ${sequences.length - 5} more` : ''}`;
}

function problemsOfEntries({ last, changed, removed, foreign, seals }: Reading, hasKey: boolean): AuditProblem[] {
  // What came before an entry that vouches for it is told by a note.
  const vouched = seals.findLast(({ holds }) => holds)?.entries ?? 0;
  const after = (sequence: number): boolean => sequence > vouched;
  const [open, gone, others] = [changed.filter(after), removed.filter(([, end]) => after(end)), foreign.filter(after)];
  const problems: AuditProblem[] = [];
  const [first] = open;
  if (first !== undefined && first < last.count && open.length === last.count - first + 1) {
    problems.push({ kind: 'recomputed', message: `From entry ${first} on the log was written anew, by something that does not have its key.`, remedy: compare });
  } else if (open.length > 0) {
    problems.push({ kind: 'changed', message: `${numbers(open)} ${open.length === 1 ? 'is' : 'are'} not as ${open.length === 1 ? 'it was' : 'they were'} written.`, remedy: compare });
  }
  for (const [from, to] of gone) {
    problems.push({ kind: 'removed', message: from === to ? `Entry ${from} is missing.` : `Entries ${from} to ${to} are missing.`, remedy: compare });
  }
  const broken = seals.find(({ holds, entries }) => !holds && entries > vouched);
  if (broken !== undefined && problems.length === 0) {
    problems.push({ kind: 'changed', message: `What is before entry ${broken.row.sequence} is not what that entry sealed.`, remedy: compare });
  }
  if (others.length > 0) {
    problems.push({
      kind: 'other-key',
      message: `${numbers(others)} ${others.length === 1 ? 'was' : 'were'} written with ${hasKey ? 'another key than the one of this data home' : 'a key that is gone'}.`,
      remedy: `Put secrets/audit.key back from a copy of the data home. ${putInPlace}`,
    });
  }
  return problems;
}

/** One problem of each place that has heads which the log does not have, whatever their number. */
function problemsOfHeads({ last, missed, seals }: Reading): AuditProblem[] {
  const open = missed.filter(({ head }) => !seals.some((seal) => givesUp(seal, head)));
  return [...new Set(open.map(({ by }) => by))].map((by): AuditProblem => {
    const counts = open.filter((each) => each.by === by).map(({ head }) => head.count);
    const [first, end] = [Math.min(...counts), Math.max(...counts)];
    if (last.count === 0) {
      return { kind: 'emptied', message: `The log is empty; ${by} has a head of ${end} entries.`, remedy: compare };
    }
    return first > last.count
      ? { kind: 'cut', message: `The log ends with entry ${last.count}; ${by} has a head of ${end} entries, so that ${end - last.count} are cut off.`, remedy: compare }
      : { kind: 'replaced', message: `Entry ${first} is not the one that ${by} has: the log was written anew, or is another one.`, remedy: compare };
  });
}

function noteOf({ row, before, holds, entries, wrong }: Seal): string[] {
  if (!holds) {
    return [];
  }
  const at = new Date(row.at).toISOString().slice(0, 16).replace('T', ' ');
  const known = wrong === undefined ? '' : ` What was wrong then: ${wrong}`;
  if (row.action === 'database.restored') {
    return [`Entry ${row.sequence}: ${row.actor} put a backup with ${entries} entries in place (${at} UTC).${known}`];
  }
  if (row.action === erasedAction) {
    return [`Entry ${row.sequence}: ${row.actor} took a name out of entries before it (${at} UTC).`];
  }
  return [
    before === 'nothing'
      ? `The first ${entries} entries are of before the log had a key; entry ${row.sequence} has sealed them (${at} UTC).${known}`
      : `The first ${entries} entries were written with a key that is gone; entry ${row.sequence} has sealed them as they were then (${at} UTC).${known}`,
  ];
}

/**
 * Reads the whole log and compares each entry with its key, and the log with the heads that are kept elsewhere. The event loop goes on meanwhile.
 * @param key undefined where it is gone
 */
export async function verifyAudit(database: Database, key: AuditKey | undefined, kept: readonly KeptElsewhere[]): Promise<AuditVerification> {
  const reading = await read(database, key, kept);
  const problems = [...problemsOfEntries(reading, key !== undefined), ...problemsOfHeads(reading)];
  const [brokenAt] = [...reading.changed, ...reading.removed.map(([from]) => from)].sort((a, b) => a - b);
  return {
    intact: problems.length === 0,
    entries: reading.last.count,
    head: reading.last.digest,
    restores: reading.last.restores,
    ...(problems.length === 0 || brokenAt === undefined ? {} : { brokenAt }),
    problems,
    notes: reading.seals.flatMap(noteOf),
  };
}
