import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** Bytes that are read at once. */
const chunkBytes = 1 << 18;

/** The sha256 of what comes, in hex. */
export async function sha256Of(content: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of content) {
    hash.update(chunk);
  }
  return hash.digest('hex');
}

/** The sha256 of a file, in hex. @throws the system's error when it cannot be read */
export function sha256OfFile(file: string): Promise<string> {
  return sha256Of(createReadStream(file, { highWaterMark: chunkBytes }));
}

/**
 * A number in [0, 1) that depends on the text alone and is spread evenly: FNV-1a over the UTF-16 units, finished with the mixer of
 * MurmurHash3.
 */
export function unitHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
