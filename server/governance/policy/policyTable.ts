import { z } from 'zod';
import type { Database } from '../../platform/database/database.ts';

const signerTexts = z.record(z.string(), z.string());
export type SignerTexts = Readonly<z.infer<typeof signerTexts>>;

/** The policy of a file, as it was taken over. */
export interface StoredPolicy {
  readonly file: string;
  readonly text: string;
  /** Texts of the files of allowed signers, by their paths as it has them. */
  readonly signers: SignerTexts;
  readonly adoptedAt: number;
  readonly adoptedBy: string;
}

export interface PolicyTable {
  all(): StoredPolicy[];
  put(policy: StoredPolicy): void;
  remove(file: string): void;
}

export function createPolicyTable(database: Database): PolicyTable {
  const all = database.prepare<[], Omit<StoredPolicy, 'signers'> & { readonly signers: string }>('SELECT file, text, signers, adopted_at AS adoptedAt, adopted_by AS adoptedBy FROM policies ORDER BY file');
  const put = database.prepare<Omit<StoredPolicy, 'signers'> & { readonly signers: string }>('INSERT OR REPLACE INTO policies (file, text, signers, adopted_at, adopted_by) VALUES (@file, @text, @signers, @adoptedAt, @adoptedBy)');
  const remove = database.prepare<[string]>('DELETE FROM policies WHERE file = ?');
  return {
    all: () => all.all().map((row) => ({ ...row, signers: signerTexts.parse(JSON.parse(row.signers)) })),
    put: (policy) => void put.run({ ...policy, signers: JSON.stringify(policy.signers) }),
    remove: (file) => void remove.run(file),
  };
}
