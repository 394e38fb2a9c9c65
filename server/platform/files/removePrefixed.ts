import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';

/** Removes everything in a folder whose name begins so. */
export async function removePrefixed(parent: string, prefix: string): Promise<void> {
  const names = (await readdir(parent)).filter((name) => name.startsWith(prefix));
  for (const name of names) {
    await rm(path.join(parent, name), { recursive: true, force: true, maxRetries: 3 });
  }
}
