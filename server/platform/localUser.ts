import { userInfo } from 'node:os';

/** The person who runs the companion: whoever may reach it is that person. */
export function localUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user id without an entry in the password file.
    return `uid-${process.getuid?.() ?? 0}`;
  }
}
