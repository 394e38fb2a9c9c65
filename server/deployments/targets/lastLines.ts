import { open } from 'node:fs/promises';
import { systemErrorCode } from '../../platform/errors.ts';

const mostBytes = 512 * 1024;

/** The last lines of a text file, read from its end; none when there is no file. */
export async function lastLines(file: string, lines: number): Promise<string[]> {
  let handle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') {
      return [];
    }
    throw error;
  }
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, mostBytes);
    const buffer = Buffer.alloc(length);
    await handle.read(buffer, 0, length, size - length);
    return splitLines(buffer.toString('utf8'), lines, size > length);
  } finally {
    await handle.close();
  }
}

/** @param cut the text begins in the middle of a line, which is left out */
export function splitLines(text: string, lines: number, cut = false): string[] {
  const all = text.split(/\r?\n/);
  if (all.at(-1) === '') {
    all.pop();
  }
  return (cut ? all.slice(1) : all).slice(-lines);
}
