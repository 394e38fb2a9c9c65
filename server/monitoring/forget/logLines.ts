import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { inferenceRecord, type InferenceRecord } from '../../gateway/inferenceRecord.ts';
import { listSegments } from '../../gateway/segments.ts';
import { systemErrorCode } from '../../platform/errors.ts';
import { readRows } from '../bodies.ts';
import type { ColumnSpec } from '../columns/columnSpec.ts';

/** An input column and the text of its value. */
export interface PersonKey {
  readonly column: string;
  readonly value: string;
}

/** Lines to erase, by where they stand; and what was seen on the way. */
export interface FoundLines {
  readonly requests: readonly string[];
  readonly lines: readonly { readonly file: string; readonly at: number; readonly text: Buffer }[];
  readonly unread: number;
  /** Releases whose bodies name no columns and that are not known: nothing can be said before they are. */
  readonly wanted: readonly string[];
}

const newline = 0x0a;

/** Looks through the log of an endpoint for the requests of a person; what is being written meanwhile is left for later. */
export async function findLines(root: string, endpoint: string, key: PersonKey, releases: Readonly<Record<string, readonly ColumnSpec[]>>): Promise<FoundLines> {
  const requests: string[] = [];
  const lines: { file: string; at: number; text: Buffer }[] = [];
  const wanted = new Set<string>();
  let unread = 0;
  for (const { file } of await listSegments(path.join(root, endpoint))) {
    for (const { at, bytes } of linesOf(await readOrNothing(file))) {
      const document = parseLine(bytes);
      if (document === undefined) {
        // A crash cut it while it was written, or while it was erased.
        if (bytes.includes(key.value)) {
          lines.push({ file, at, text: Buffer.alloc(bytes.length, ' ') });
        }
        continue;
      }
      const record = inferenceRecord.safeParse(document).data;
      if (record === undefined) {
        continue;
      }
      if (record.release !== null && !Object.hasOwn(releases, record.release)) {
        wanted.add(record.release);
      }
      const whose = isOf(record, key, releases[record.release ?? ''] ?? []);
      if (whose === 'unread') {
        unread += 1;
      } else if (whose === 'theirs') {
        requests.push(record.id);
        lines.push({ file, at, text: erased(record, bytes.length) });
      }
    }
  }
  return { requests, lines, unread, wanted: [...wanted] };
}

/**
 * Writes over lines in their places, as long as they were, so that whoever reads the log or appends to it goes on where it was. Cut short by a crash it leaves
 * no line of another person changed, and done again it ends what was begun.
 */
export async function overwrite(lines: FoundLines['lines']): Promise<void> {
  for (const file of new Set(lines.map((line) => line.file))) {
    const handle = await open(file, 'r+').catch((error: unknown) => {
      if (systemErrorCode(error) === 'ENOENT') {
        return undefined;
      }
      throw error;
    });
    try {
      for (const { at, text } of lines.filter((line) => line.file === file)) {
        await handle?.write(text, 0, text.length, at);
      }
      await handle?.sync();
    } finally {
      await handle?.close();
    }
  }
}

async function readOrNothing(file: string): Promise<Buffer> {
  return readFile(file).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') {
      return Buffer.alloc(0);
    }
    throw error;
  });
}

function* linesOf(content: Buffer): IterableIterator<{ readonly at: number; readonly bytes: Buffer }> {
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf(newline, at);
    if (end < 0) {
      return;
    }
    yield { at, bytes: content.subarray(at, end) };
    at = end + 1;
  }
}

/** Undefined for what is no JSON. */
function parseLine(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

function isOf({ request, requestEncoding, contentType }: InferenceRecord, { column, value }: PersonKey, inputs: readonly ColumnSpec[]): 'theirs' | 'others' | 'unread' {
  if (request === undefined) {
    return 'others';
  }
  const rows = requestEncoding === undefined ? readRows(request, contentType, inputs) : undefined;
  if (rows === undefined) {
    return (requestEncoding === undefined ? request : Buffer.from(request, 'base64').toString('latin1')).includes(value) ? 'theirs' : 'unread';
  }
  return rows.columns.get(column)?.some((each) => String(each) === value) === true ? 'theirs' : 'others';
}

/** The record without whom it was about, filled up with spaces. */
function erased(record: InferenceRecord, length: number): Buffer {
  const without = { request: undefined, requestEncoding: undefined, response: undefined, responseEncoding: undefined, scores: undefined };
  const text = JSON.stringify({ ...record, ...without, id: `forgotten-${randomBytes(6).toString('hex')}`, sampled: false });
  return Buffer.from(Buffer.byteLength(text) > length ? ''.padEnd(length) : text.padEnd(length));
}
