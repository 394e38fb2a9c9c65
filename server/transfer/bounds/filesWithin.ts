import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ArtifactFile } from '../../artifacts/artifactFile.ts';
import { whyUnreadable } from '../carry/filesLeft.ts';
import type { Reading } from './reading.ts';
import { irregular } from './regularFile.ts';

/** Why something cannot be read. @throws what is a failure of the whole */
export function whyPassedOver(error: unknown): string {
  const why = whyUnreadable(error);
  if (why === undefined) {
    throw error;
  }
  return why;
}

/**
 * Regular files below a folder, also behind links that stay in bounds; the rest is told. Nothing for a folder that is not there.
 * @param folder with all links followed
 * @param owner whose files they are
 */
export async function* filesWithin(folder: string, owner: string, { bounds, passOver }: Reading): AsyncGenerator<ArtifactFile> {
  const visited = new Set<string>();
  const tell = (name: string, why: string): void => passOver('artifact', name === '' ? owner : `${owner}/${name}`, why);

  async function* below(place: string, prefix: string): AsyncGenerator<ArtifactFile> {
    visited.add(place);
    const names = await readdir(place).catch((error: unknown) => {
      tell(prefix, whyPassedOver(error));
      return [];
    });
    for (const item of names.sort()) {
      const name = prefix === '' ? item : `${prefix}/${item}`;
      let real: string;
      let facts: Stats;
      try {
        real = bounds.follow(path.join(place, item));
        facts = await stat(real);
      } catch (error) {
        tell(name, whyPassedOver(error));
        continue;
      }
      if (facts.isFile()) {
        yield { path: name, bytes: facts.size };
      } else if (!facts.isDirectory()) {
        tell(name, irregular);
      } else if (visited.has(real)) {
        tell(name, 'a link to a folder that is there already');
      } else {
        yield* below(real, name);
      }
    }
  }
  yield* below(folder, '');
}
