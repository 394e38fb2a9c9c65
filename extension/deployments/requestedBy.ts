import { userInfo } from 'node:os';

/** Who asks, for the audit log: the account on the machine where the companion runs. */
export function requestedBy(): string {
  try {
    return userInfo().username;
  } catch {
    // An account without an entry in the user database, as in some containers.
    return 'unknown';
  }
}
