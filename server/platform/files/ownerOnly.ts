import { chmodSync, statSync } from 'node:fs';

/** Takes back what a copy or another program has opened to others. @throws the system's error when there is no such file */
export function keepToOwner(file: string, mode: number): void {
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    chmodSync(file, mode);
  }
}
