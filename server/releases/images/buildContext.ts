import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';

/** One file or folder of a build context. */
export type ContextEntry =
  | { readonly path: string; readonly text: string }
  /** A file, or a folder with all that is in it. */
  | { readonly path: string; readonly from: string };

/** Left out of a context: what Python writes by itself. */
const ignored: ReadonlySet<string> = new Set(['__pycache__', '.DS_Store']);

/**
 * A build context as a tar stream. Equal content has equal bytes: sorted, no times, no owners, and only two modes, so that layers that
 * were built before are found again.
 */
export function buildContext(entries: readonly ContextEntry[]): Readable {
  const archive = pack();
  void write(archive, entries).catch((error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))));
  return Readable.from(archive);
}

const common = { mtime: new Date(0), uid: 0, gid: 0, uname: 'root', gname: 'root' };

async function write(archive: Pack, entries: readonly ContextEntry[]): Promise<void> {
  for (const entry of entries) {
    if ('text' in entry) {
      archive.entry({ ...common, name: entry.path, mode: 0o644 }, entry.text);
    } else {
      await add(archive, entry.path, entry.from);
    }
  }
  archive.finalize();
}

async function add(archive: Pack, name: string, from: string): Promise<void> {
  const facts = await stat(from);
  if (facts.isDirectory()) {
    archive.entry({ ...common, name: `${name}/`, mode: 0o755, type: 'directory' });
    const children = (await readdir(from)).filter((child) => !ignored.has(child)).sort();
    for (const child of children) {
      await add(archive, `${name}/${child}`, path.join(from, child));
    }
  } else if (facts.isFile()) {
    await pipeline(createReadStream(from), archive.entry({ ...common, name, mode: 0o644, size: facts.size }));
  }
}
