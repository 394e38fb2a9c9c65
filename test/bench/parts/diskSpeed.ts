import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { bufferBytes, giveBack, takeBuffer } from '../../../server/platform/files/fileBuffers.ts';

/** MB/s. */
export interface DiskSpeed {
  readonly write: number;
  readonly read: number;
}

/** Past the page cache, as `dd oflag=direct`, where the system has that. */
const direct = process.platform === 'linux' ? constants.O_DIRECT : 0;

/** What a disk does without a server: a file is written and synced, and read, one megabyte at a time. */
export async function diskSpeed(folder: string, bytes: number): Promise<DiskSpeed> {
  const file = path.join(folder, 'disk-speed.bin');
  const buffer = takeBuffer().fill('slipway');
  const pieces = Math.ceil(bytes / bufferBytes);
  const timed = async (flags: number, act: (handle: Awaited<ReturnType<typeof open>>, position: number) => Promise<unknown>): Promise<number> => {
    const handle = await open(file, flags | direct, 0o600).catch(() => open(file, flags, 0o600));
    try {
      const began = performance.now();
      for (let piece = 0; piece < pieces; piece += 1) {
        await act(handle, piece * bufferBytes);
      }
      await handle.sync();
      return (pieces * bufferBytes) / 1e3 / (performance.now() - began);
    } finally {
      await handle.close();
    }
  };
  try {
    return {
      write: await timed(constants.O_WRONLY | constants.O_CREAT, (handle, position) => handle.write(buffer, 0, bufferBytes, position)),
      read: await timed(constants.O_RDONLY, (handle, position) => handle.read(buffer, 0, bufferBytes, position)),
    };
  } finally {
    giveBack(buffer);
    await rm(file, { force: true });
  }
}
