import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { Problem, systemErrorCode } from '../errors.ts';
import { flushFolder } from '../files/flush.ts';
import { keepToOwner } from '../files/ownerOnly.ts';
import { replaceFile } from '../home.ts';
import type { Secrets } from './secrets.ts';

const content = z.object({ version: z.literal(1), secrets: z.record(z.string(), z.string()) });

/**
 * Secrets in a file that its owner alone can read (mode 600 in a folder of mode 700), for where no editor keeps them: what a companion without a window
 * needs after it was started anew. A change replaces the file; a crash leaves the old content or the new.
 *
 * A window keeps its secrets in VS Code's SecretStorage instead, and hands them to the companion, which then has them in memory alone.
 *
 * @param folder made when the first secret is kept
 * @throws Problem `conflict`, from each call, when the file cannot be read as what was written
 */
export function createSecretFile(folder: string): Secrets {
  const file = path.join(folder, 'secrets.json');

  const read = (): Map<string, string> => {
    let text: string;
    try {
      keepToOwner(file, 0o600);
      text = readFileSync(file, 'utf8');
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') {
        return new Map();
      }
      throw error;
    }
    try {
      return new Map(Object.entries(content.parse(JSON.parse(text)).secrets));
    } catch {
      // Without the cause: a message about the text would hold parts of it.
      throw new Problem('conflict', `${file} does not hold what Slipway wrote there.`, { remedy: 'Remove the file, then log in again.' });
    }
  };
  const write = (secrets: ReadonlyMap<string, string>): void => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    keepToOwner(folder, 0o700);
    replaceFile(file, `${JSON.stringify({ version: 1, secrets: Object.fromEntries(secrets) })}\n`);
    flushFolder(folder);
  };
  return {
    get: (name) => read().get(name),
    set(name, value) {
      const secrets = read();
      if (secrets.get(name) !== value) {
        write(secrets.set(name, value));
      }
    },
    delete(name) {
      const secrets = read();
      if (secrets.delete(name)) {
        write(secrets);
      }
    },
    names: () => [...read().keys()].sort(),
  };
}
