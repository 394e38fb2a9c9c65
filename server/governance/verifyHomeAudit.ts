import type { Database } from 'better-sqlite3';
import type { AuditHead, AuditVerification } from '../contract/governance.ts';
import type { DataHome } from '../platform/home.ts';
import { readAuditKey } from './auditKey.ts';
import { readKeptHeads } from './keptHeads.ts';
import { verifyAudit } from './verifyAudit.ts';

/**
 * Reads the audit log of a data home and compares it with the home's key, and with the heads that are kept outside of the database.
 * @param copy as that of {@link readKeptHeads}
 * @param expected a head that somebody has
 * @throws Problem `conflict` when the key cannot be read
 */
export async function verifyHomeAudit(home: Pick<DataHome, 'auditHead' | 'secrets'>, database: Database, copy: string, expected?: AuditHead): Promise<AuditVerification> {
  const elsewhere = await readKeptHeads(home, copy, expected);
  const found = await verifyAudit(database, readAuditKey(home), elsewhere.kept);
  const problems = [...found.problems, ...elsewhere.problems];
  return { ...found, intact: problems.length === 0, problems, notes: [...found.notes, ...elsewhere.notes] };
}
