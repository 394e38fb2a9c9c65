import type { Database } from 'better-sqlite3';
import type { DataHome } from '../../platform/home.ts';

/** Something that a check found. */
export interface Finding {
  /** The file, folder or table that it is about. */
  readonly subject: string;
  /** What is the matter, for people: a sentence. */
  readonly message: string;
  /** What cannot be used because of it, for people. */
  readonly neededBy: readonly string[];
  /** False for what takes room and does no harm. */
  readonly wrong: boolean;
  /** What a person can do where it cannot be repaired. */
  readonly remedy: string | undefined;
  readonly repair: Repair | undefined;
}

/** Takes nothing away that something may still need. */
export interface Repair {
  /** For people: `copies it back from the release 1234`. */
  readonly does: string;
  readonly run: () => void | Promise<void>;
}

/** What a check is given. */
export interface Examination {
  readonly home: DataHome;
  /** Read only; undefined when there is none that can be read. */
  readonly database: Database | undefined;
  /** True while a companion has the home: what it is writing now is no leftover. */
  readonly held: boolean;
  /** Says how far the check is, for people. */
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
}

export interface Check {
  readonly name: string;
  /** What it looks at, for people. */
  readonly label: string;
  readonly run: (examination: Examination) => Promise<Examined>;
}

export interface Examined {
  /** What was looked at, for people: `1,234 contents, 3.1 GB`. */
  readonly looked: string;
  readonly findings: readonly Finding[];
}

/** A finding with what it has of the usual ones. */
export function finding(subject: string, message: string, more: Partial<Omit<Finding, 'subject' | 'message'>> = {}): Finding {
  return { subject, message, neededBy: [], wrong: true, remedy: undefined, repair: undefined, ...more };
}

export const notLooked: Examined = { looked: 'not looked at: the database cannot be read', findings: [] };
