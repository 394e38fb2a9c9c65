import { createHash } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Blob, Content, ContentOptions } from '../blobs.ts';
import { openContent } from '../../platform/files/contentFile.ts';
import { bufferBytes, freeChunk, giveBack, takeBuffer } from '../../platform/files/fileBuffers.ts';

/** So many bytes go on to the disk while the next come in, so that the end of a large file does not wait for all of it. */
const syncBytes = 32 << 20;

/**
 * Writes content to a new file while it is hashed. What comes in, what is being written and what goes to the disk overlap. When the promise
 * resolves all of it is on disk; when it rejects the file is incomplete.
 */
export async function writeContent(path: string, content: Content, { freesChunks = false }: ContentOptions = {}): Promise<Blob> {
  const file = await openContent(path, 'write');
  const hash = createHash('sha256');
  let filling = takeBuffer();
  let filled = 0;
  let other = takeBuffer();
  let bytes = 0;
  let written = 0;
  let synced = 0;
  let writing = Promise.resolve();
  let syncing = Promise.resolve();
  let syncs = false;

  /** Begins to write what has come in; ends when what came before is written. */
  const write = async (): Promise<void> => {
    await writing;
    writing = file.write(filling, filled, written);
    written += filled;
    // A failure is met where it is awaited.
    writing.catch(() => undefined);
    [filling, other] = [other, filling];
    filled = 0;
  };
  /** Sends what was written so far on to the disk, unless that is still under way with what came before. */
  const sync = (): void => {
    if (!syncs && bytes - synced >= syncBytes) {
      syncs = true;
      synced = bytes;
      syncing = file.sync().finally(() => {
        syncs = false;
      });
      syncing.catch(() => undefined);
    }
  };
  const accept = (chunk: Uint8Array, from: number, done: (error?: Error | null) => void): void => {
    const part = chunk.subarray(from, from + bufferBytes - filled);
    filling.set(part, filled);
    filled += part.byteLength;
    if (filled === bufferBytes) {
      write().then(() => {
        sync();
        accept(chunk, from + part.byteLength, done);
      }, done);
      return;
    }
    if (freesChunks) {
      freeChunk(chunk);
    }
    done();
  };
  const sink = new Writable({
    highWaterMark: bufferBytes,
    write(chunk: Uint8Array, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      accept(chunk, 0, done);
    },
    final(done) {
      write()
        .then(() => Promise.all([writing, syncing]))
        .then(() => done(), done);
    },
  });
  const source = content instanceof Readable ? content : Readable.from(content);
  try {
    // A source that breaks off never ends the sink.
    source.pipe(sink);
    await Promise.all([finished(sink), finished(source, { writable: false, cleanup: true })]);
    await file.sync();
    giveBack(filling);
    giveBack(other);
    return { sha256: hash.digest('hex'), bytes };
  } finally {
    source.unpipe(sink);
    if (source !== content) {
      source.destroy();
    }
    sink.destroy();
    await Promise.allSettled([writing, syncing]);
    await file.close().catch(() => undefined);
  }
}
