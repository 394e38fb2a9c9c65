import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Problem, systemErrorCode } from '../platform/errors.ts';
import { keepToOwner } from '../platform/files/ownerOnly.ts';
import { replaceFile, type DataHome } from '../platform/home.ts';

/** What the audit log is sealed with; it lies in no database, so that who has a copy of one cannot write entries. */
export interface AuditKey {
  /** 32 random bytes. */
  readonly bytes: Buffer;
  /** What entries name it by: the first 16 digits of a sha256. */
  readonly id: string;
}

export function auditKeyOf(bytes: Buffer): AuditKey {
  return { bytes, id: createHash('sha256').update('slipway audit key\0').update(bytes).digest('hex').slice(0, 16) };
}

export function auditKeyFile(home: Pick<DataHome, 'secrets'>): string {
  return path.join(home.secrets, 'audit.key');
}

/**
 * The key of a data home; undefined when there is none.
 * @throws Problem `conflict` when the file holds something else
 */
export function readAuditKey(home: Pick<DataHome, 'secrets'>): AuditKey | undefined {
  const file = auditKeyFile(home);
  let text: string;
  try {
    keepToOwner(file, 0o600);
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new Problem('conflict', `${file} does not hold the key of the audit log.`, {
      field: file,
      remedy: 'Put it back from a copy of the data home. Without one, remove the file: the log goes on with another key, and says so.',
    });
  }
  return auditKeyOf(Buffer.from(text, 'hex'));
}

/** Makes the key of a data home, in a file that its owner alone can read. */
export function createAuditKey(home: Pick<DataHome, 'secrets'>): AuditKey {
  mkdirSync(home.secrets, { recursive: true, mode: 0o700 });
  const bytes = randomBytes(32);
  replaceFile(auditKeyFile(home), `${bytes.toString('hex')}\n`);
  return auditKeyOf(bytes);
}
