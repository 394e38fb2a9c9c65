import { appendFile, readFile } from 'node:fs/promises';
import { readHead, writeHead, type AuditHead } from '../contract/governance.ts';
import { messageOf, systemErrorCode } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';

/** Heads of the log, one a line with the time, in a file of the user's choice: in a git repository, on a share. */
export interface HeadCopies {
  /** Adds a head; nobody waits for it, as a share may not answer. Of those that come meanwhile the newest one is written. */
  add(head: AuditHead): void;
  /** Why the newest head is not there, for people. */
  notice(): string | undefined;
}

/** A share that is gone answers never. */
const patienceMilliseconds = 5000;

/** @param file the setting in force; empty: none */
export function createHeadCopies(file: () => string, log: Log): HeadCopies {
  let waiting: AuditHead | undefined;
  let writing: string | undefined;
  let failure: string | undefined;
  const write = async (): Promise<void> => {
    while (waiting !== undefined && file() !== '') {
      const [head, to] = [waiting, file()];
      waiting = undefined;
      writing = to;
      try {
        await appendFile(to, `${new Date().toISOString()} ${writeHead(head)}\n`, { mode: 0o600 });
        failure = undefined;
      } catch (error) {
        failure = `The head of the audit log cannot be written to ${to}: ${messageOf(error)}`;
        log.warn(failure);
      }
    }
    writing = undefined;
  };
  return {
    add(head) {
      waiting = head;
      if (writing === undefined) {
        void write();
      }
    },
    notice: () => (file() === '' ? undefined : failure),
  };
}

export interface CopiedHeads {
  readonly heads: readonly AuditHead[];
  /** Why they cannot be read. */
  readonly failure?: string;
}

/** The heads in a file; a line that is none, such as one that a crash left half-written, is passed over. None where there is no file yet. */
export async function readCopiedHeads(file: string): Promise<CopiedHeads> {
  try {
    const text = await readFile(file, { encoding: 'utf8', signal: AbortSignal.timeout(patienceMilliseconds) });
    return { heads: text.split('\n').flatMap((line) => readHead(line.split(' ').at(-1) ?? '') ?? []) };
  } catch (error) {
    return systemErrorCode(error) === 'ENOENT' ? { heads: [] } : { heads: [], failure: messageOf(error) };
  }
}
