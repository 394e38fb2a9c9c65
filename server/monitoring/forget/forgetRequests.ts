import type { Caller } from '../../contract/caller.ts';
import type { Forgotten } from '../../contract/forget.ts';
import type { AuditLog } from '../../governance/auditLog.ts';
import type { PersonKey } from './logLines.ts';

export interface ForgetOrder {
  readonly name: string;
  /** One column and its value. */
  readonly where: Readonly<Record<string, string | number | boolean>>;
  readonly caller: Caller;
}

export interface ForgetParts {
  /** Has the log of an endpoint read to its end. */
  read(endpoint: string): Promise<unknown>;
  readonly labels: { forget(endpoint: string, key: PersonKey): Promise<Forgotten> };
  readonly audit: Pick<AuditLog, 'append'>;
  changed(endpoint: string): void;
}

/** Erases a person's requests. What was written is counted before: the statistics of all requests stay. The entry in the audit log, which nobody can erase, says by which column and not who. */
export async function forgetRequests({ name, where, caller }: ForgetOrder, parts: ForgetParts): Promise<Forgotten> {
  const [[column, value] = ['', '']] = Object.entries(where);
  await parts.read(name);
  const done = await parts.labels.forget(name, { column, value: String(value) });
  parts.audit.append({ actor: caller, action: 'requests.forgotten', subject: name, detail: { column, ...done } });
  parts.changed(name);
  return done;
}
