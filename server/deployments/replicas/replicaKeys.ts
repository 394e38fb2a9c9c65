import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { systemErrorCode } from '../../platform/errors.ts';
import { replaceFile } from '../../platform/home.ts';

/**
 * What a replica wants to hear of whoever asks it: the gateway and the companion know it, and nobody else. It lies in a file that the user
 * alone can read and no replica, so that a companion finds it again which did not start the replica.
 */
export interface ReplicaKeys {
  /** The key of a replica; undefined for one that was started without. */
  of(id: string): string | undefined;
  /** A new key for a replica that is about to be started. */
  make(id: string): string;
  forget(id: string): void;
  /** Of all replicas that have a key. */
  ids(): string[];
}

const suffix = '.key';

/** @param folder that of the replicas' files */
export function createReplicaKeys(folder: string): ReplicaKeys {
  const known = new Map<string, string | undefined>();
  const fileOf = (id: string): string => path.join(folder, `${id}${suffix}`);

  const read = (id: string): string | undefined => {
    try {
      return readFileSync(fileOf(id), 'utf8').trim();
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') {
        return undefined;
      }
      throw error;
    }
  };

  return {
    of(id) {
      if (!known.has(id)) {
        known.set(id, read(id));
      }
      return known.get(id);
    },
    make(id) {
      const key = randomBytes(32).toString('base64url');
      replaceFile(fileOf(id), `${key}\n`);
      known.set(id, key);
      return key;
    },
    forget(id) {
      rmSync(fileOf(id), { force: true });
      known.delete(id);
    },
    ids: () => readdirSync(folder).filter((name) => name.endsWith(suffix)).map((name) => name.slice(0, -suffix.length)),
  };
}
