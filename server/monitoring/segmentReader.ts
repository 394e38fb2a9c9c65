import { open } from 'node:fs/promises';

const newline = 0x0a;
const usualBytes = 4 * 1024 * 1024;
/** A line longer than this cannot come from the gateway. */
const mostBytes = 64 * 1024 * 1024;

export interface LinesRead {
  readonly lines: readonly string[];
  /** Where the next read begins: after the last whole line. */
  readonly end: number;
}

/**
 * Reads whole lines of a file that may still grow. A line without its end is left for later: it is being written, or a crash has cut it.
 */
export async function readLines(file: string, offset: number): Promise<LinesRead> {
  const handle = await open(file, 'r');
  try {
    for (let size = usualBytes; ; size *= 2) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(size), 0, size, offset);
      const last = buffer.subarray(0, bytesRead).lastIndexOf(newline);
      if (last >= 0) {
        return { lines: buffer.toString('utf8', 0, last).split('\n'), end: offset + last + 1 };
      }
      if (bytesRead < size) {
        return { lines: [], end: offset };
      }
      if (size >= mostBytes) {
        return { lines: [], end: offset + bytesRead };
      }
    }
  } finally {
    await handle.close();
  }
}
