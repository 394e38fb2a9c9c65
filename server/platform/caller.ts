import type { IncomingHttpHeaders } from 'node:http';
import { userInfo } from 'node:os';
import { caller, callerHeader, readCaller, type Caller, type Program } from '../contract/caller.ts';

/** The account that this process runs under. */
export function localUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user id without an entry in the password file.
    return `uid-${process.getuid?.() ?? 0}`;
  }
}

/** The account of this process, as a client names it to the companion. */
export function localCaller(program: Program): Caller {
  return { user: localUser(), program };
}

/**
 * Who asks, as the companion's door sees it. Whoever has the token is the person who runs the companion, so the name is taken as it is
 * given: in the header, or by an older client as `requestedBy` of its input; without either it is the companion's own account.
 * @param unnamed what a client is that does not say what it is
 */
export function callerAtDoor(headers: IncomingHttpHeaders, input?: object, unnamed: Program = 'other'): Caller {
  const named = headers[callerHeader];
  const stated = typeof named === 'string' ? readCaller(named) : undefined;
  if (stated !== undefined) {
    // What the companion does by itself comes through no door.
    return stated.program === 'companion' ? { ...stated, program: 'other' } : stated;
  }
  const requestedBy = input !== undefined && 'requestedBy' in input ? input.requestedBy : undefined;
  return caller.safeParse({ user: requestedBy, program: unnamed }).data ?? localCaller(unnamed);
}
