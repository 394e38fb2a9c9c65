import { createHash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { formatBytes } from '../../contract/format/bytes.ts';
import { Problem } from '../../platform/errors.ts';
import { formatOf, type BatchFile } from './batchFiles.ts';

/** Whole records of a file. */
export interface Chunk {
  /** What the model server gets: CSV with its line of names, or JSON Lines. */
  readonly body: Buffer;
  /** Where in the file it ends; of Parquet, how many bytes its share of the rows is. */
  readonly end: number;
}

export interface FileChunks {
  chunks(): AsyncGenerator<Chunk>;
  /** The sha256 of the file, once all of it was read. */
  digest(): string;
  close(): Promise<void>;
}

/** Of a chunk, unless it is asked for otherwise. */
export const chunkBytes = 4 * 1024 * 1024;
const mostBytes = 64 * 1024 * 1024;
const scannedAtOnce = 1024 * 1024;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

const comma = 0x2c;
const quote = 0x22;
const newline = 0x0a;

/**
 * Reads a file in chunks of whole records, from a place where one begins.
 * @param from 0, or the end of a chunk
 * @param bytes of a chunk, unless a record is longer
 */
export async function openChunks(file: BatchFile, from: number, bytes = chunkBytes): Promise<FileChunks> {
  const handle = await open(file.path, 'r');
  try {
    const hash = createHash('sha256');
    const csv = formatOf(file.path) === 'csv';
    const head = csv ? await readHead(handle, file) : { names: Buffer.alloc(0), end: await markEnd(handle) };
    await hashUpTo(handle, hash, Math.max(from, head.end));
    return { chunks: () => chunksFrom(handle, file, { head, csv, hash, bytes, from: Math.max(from, head.end) }), digest: () => hash.copy().digest('hex'), close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

interface Reading {
  readonly head: { readonly names: Buffer };
  readonly csv: boolean;
  readonly hash: Hash;
  readonly bytes: number;
  readonly from: number;
}

async function* chunksFrom(handle: FileHandle, file: BatchFile, { head, csv, hash, bytes, from }: Reading): AsyncGenerator<Chunk> {
  let at = from;
  let wanted = bytes;
  while (at < file.bytes) {
    const block = await readAt(handle, at, Math.min(wanted, file.bytes - at));
    const isLast = at + block.length >= file.bytes;
    const end = isLast ? block.length : await lastRecordEnd(block, csv);
    if (end === 0) {
      wanted *= 2;
      if (wanted > mostBytes) {
        throw new Problem('invalid-input', `${file.path} has a record of more than ${formatBytes(mostBytes / 2)} at byte ${at}.`, { remedy: csv ? 'A quote there is not closed.' : 'Each line has to be one record.' });
      }
      continue;
    }
    const records = block.subarray(0, end);
    hash.update(records);
    at += end;
    wanted = bytes;
    yield { body: csv ? Buffer.concat([head.names, records]) : records, end: at };
  }
}

async function readAt(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, at + filled);
    if (bytesRead === 0) {
      throw new Problem('conflict', 'A file that is being scored has become shorter.', { remedy: 'Score it anew.' });
    }
    filled += bytesRead;
  }
  return buffer;
}

/** The line of names of a CSV, with its end, and where it ends. */
async function readHead(handle: FileHandle, file: BatchFile): Promise<{ readonly names: Buffer; readonly end: number }> {
  const start = await markEnd(handle);
  const block = await readAt(handle, start, Math.min(mostBytes / 64, file.bytes - start));
  const length = firstRecordEnd(block);
  if (block.subarray(0, length).toString('latin1').trim() === '') {
    throw new Problem('invalid-input', `${file.path} has no line of names.`, { field: 'inputs', remedy: 'Its first line has to name the columns.' });
  }
  const line = block.subarray(0, length);
  return { names: line.at(-1) === newline ? line : Buffer.concat([line, Buffer.from('\n')]), end: start + length };
}

async function markEnd(handle: FileHandle): Promise<number> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(byteOrderMark.length), 0, byteOrderMark.length, 0);
  return bytesRead === byteOrderMark.length && buffer.equals(byteOrderMark) ? byteOrderMark.length : 0;
}

async function hashUpTo(handle: FileHandle, hash: Hash, end: number): Promise<void> {
  for (let at = 0; at < end; at += scannedAtOnce) {
    hash.update(await readAt(handle, at, Math.min(scannedAtOnce, end - at)));
  }
}

/** Follows the quotes of a CSV (RFC 4180): one opens a field where it is the first of it, two within are one. */
interface Scan {
  atStart: boolean;
  quoted: boolean;
}

/** Goes on to the end, or behind the first record where `stopAtFirst`. @returns behind the last record that ended, or -1 */
function scanRecords(block: Buffer, from: number, to: number, scan: Scan, stopAtFirst: boolean): number {
  let end = -1;
  for (let index = from; index < to; index += 1) {
    const byte = block[index];
    if (scan.quoted) {
      // The second of two quotes opens the field again, which has not ended.
      scan.quoted = byte !== quote;
      scan.atStart = byte === quote;
    } else if (byte === quote && scan.atStart) {
      scan.quoted = true;
    } else {
      scan.atStart = byte === comma || byte === newline;
      if (byte === newline) {
        end = index + 1;
        if (stopAtFirst) {
          return end;
        }
      }
    }
  }
  return end;
}

function firstRecordEnd(block: Buffer): number {
  const end = scanRecords(block, 0, block.length, { atStart: true, quoted: false }, true);
  return end === -1 ? block.length : end;
}

/** Behind the last record that is whole; 0 where none is. */
async function lastRecordEnd(block: Buffer, csv: boolean): Promise<number> {
  if (!csv || !block.includes(quote)) {
    return block.lastIndexOf(newline) + 1;
  }
  const scan = { atStart: true, quoted: false };
  let end = 0;
  for (let at = 0; at < block.length; at += scannedAtOnce) {
    end = Math.max(end, scanRecords(block, at, Math.min(at + scannedAtOnce, block.length), scan, false));
    await nextTurn();
  }
  return end;
}
