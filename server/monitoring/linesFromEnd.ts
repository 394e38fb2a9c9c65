import { open, stat } from 'node:fs/promises';

const chunkBytes = 1024 * 1024;

/** Whole lines of a file, the last first. */
export async function* linesFromEnd(file: string): AsyncGenerator<string> {
  const handle = await open(file, 'r');
  try {
    let position = (await stat(file)).size;
    let rest = Buffer.alloc(0);
    // What follows the last line end is a line that is not whole.
    let whole = false;
    while (position > 0) {
      const size = Math.min(chunkBytes, position);
      position -= size;
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, position);
      const block = Buffer.concat([buffer.subarray(0, bytesRead), rest]);
      let end = block.length;
      for (let at = block.lastIndexOf(0x0a, end - 1); at >= 0; at = at === 0 ? -1 : block.lastIndexOf(0x0a, at - 1)) {
        if (whole && end > at + 1) {
          yield block.toString('utf8', at + 1, end);
        }
        whole = true;
        end = at;
      }
      rest = Buffer.from(block.subarray(0, end));
    }
    if (whole && rest.length > 0) {
      yield rest.toString('utf8');
    }
  } finally {
    await handle.close();
  }
}
