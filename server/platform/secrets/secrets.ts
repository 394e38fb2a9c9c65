/**
 * Named texts that only their owner may read: logins, tokens, keys of channels. They never lie in settings, the database, the audit log or the payload
 * of a job; those hold the name.
 */
export interface Secrets {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
  /** Nothing happens where there is none. */
  delete(name: string): void;
  names(): string[];
}
