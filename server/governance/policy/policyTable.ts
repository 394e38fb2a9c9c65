import type { Database } from '../../platform/database/database.ts';

/** The policy of a file, as it was taken over. */
export interface StoredPolicy {
  readonly file: string;
  readonly text: string;
  readonly adoptedAt: number;
  readonly adoptedBy: string;
}

export interface PolicyTable {
  all(): StoredPolicy[];
  put(policy: StoredPolicy): void;
  remove(file: string): void;
}

export function createPolicyTable(database: Database): PolicyTable {
  const all = database.prepare<[], StoredPolicy>('SELECT file, text, adopted_at AS adoptedAt, adopted_by AS adoptedBy FROM policies ORDER BY file');
  const put = database.prepare<StoredPolicy>('INSERT OR REPLACE INTO policies (file, text, adopted_at, adopted_by) VALUES (@file, @text, @adoptedAt, @adoptedBy)');
  const remove = database.prepare<[string]>('DELETE FROM policies WHERE file = ?');
  return { all: () => all.all(), put: (policy) => void put.run(policy), remove: (file) => void remove.run(file) };
}
