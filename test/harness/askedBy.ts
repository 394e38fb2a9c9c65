import type { Caller } from '../../server/contract/caller.ts';

/** A person at the command line. */
export function askedBy(user: string): Caller {
  return { user, program: 'command line' };
}
