import { createReadStream, statSync } from 'node:fs';
import { sha256Of } from '../../platform/hash.ts';

/** The sha256 of a regular file; undefined for what cannot be read. @throws the signal's reason */
export async function digestOrNothing(file: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return statSync(file).isFile() ? await sha256Of(createReadStream(file, { highWaterMark: 1 << 18, signal })) : undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
