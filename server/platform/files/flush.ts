import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Brings the content of a file to the disk. */
export function flushFile(file: string): void {
  flush(file, 'r+');
}

/** Brings the names in a folder to the disk, so that one that was made or replaced survives a power cut. Windows has no such thing. */
export function flushFolder(folder: string): void {
  if (process.platform !== 'win32') {
    flush(folder, 'r');
  }
}

function flush(file: string, flags: string): void {
  const descriptor = openSync(file, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
