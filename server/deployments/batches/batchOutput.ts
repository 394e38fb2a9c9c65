import { existsSync, readFileSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { digest } from '../../contract/values.ts';
import { Problem } from '../../platform/errors.ts';
import { flushFolder } from '../../platform/files/flush.ts';
import { requireFormat } from './batchFiles.ts';
import { writeParquet } from './parquetThread.ts';

/** How far a batch is: everything before it is in the files beside its output, which hold nothing else. */
export const batchPosition = z.object({
  release: digest,
  /** The file that is read, by its number, and the byte behind what is done with. */
  file: z.number().int(),
  offset: z.number(),
  /** Rows of that file that are done with. */
  fileRows: z.number().int(),
  /** What the files before it were. */
  done: z.array(z.object({ sha256: digest, rows: z.number().int() })),
  rows: z.number().int(),
  scored: z.number().int(),
  rejected: z.number().int(),
  /** The columns of the output; null until a row was scored. */
  columns: z.array(z.string()).nullable(),
  /** Why the first row that was rejected was. */
  firstReason: z.string().nullable(),
  outputBytes: z.number(),
  rejectedBytes: z.number(),
});
export type BatchPosition = z.infer<typeof batchPosition>;

/** Where rejected rows of an output are written, and what the output is made from. */
export function besideOutput(out: string): { readonly rejected: string; readonly lineage: string } {
  const { dir, name } = path.parse(out);
  return { rejected: path.join(dir, `${name}.rejected.csv`), lineage: `${out}.lineage.json` };
}

function parts(out: string, id: string): Record<'output' | 'rejected' | 'position' | 'table' | 'begunTable', string> {
  const { dir, base } = path.parse(out);
  const part = (what: string): string => path.join(dir, `.${base}.${id}.${what}`);
  return { output: part('part'), rejected: part('rejected'), position: part('position'), table: part('table'), begunTable: part('table.tmp') };
}

/** Where the rejected rows are of a batch that did not come to its end; those of an earlier output keep their place. */
function rejectedOfUnfinished(out: string, id: string): string {
  const { dir, name } = path.parse(out);
  return path.join(dir, `${name}.${id}.rejected.csv`);
}

/** The file with the rows of a batch that were rejected; undefined where there is none. */
export function findRejected(out: string, id: string, finished: boolean): string | undefined {
  const file = finished ? besideOutput(out).rejected : rejectedOfUnfinished(out, id);
  return existsSync(file) ? file : undefined;
}

/** Removes what a batch wrote that is not to come to its end, but for the rows that were rejected by then: those can be read. */
export function leaveUnfinished(out: string, id: string): void {
  const { rejected } = parts(out, id);
  const bytes = readPosition(out, id)?.rejectedBytes ?? 0;
  if (bytes > 0 && existsSync(rejected)) {
    truncateSync(rejected, bytes);
    renameSync(rejected, rejectedOfUnfinished(out, id));
  }
  removeParts(out, id);
}

function removeParts(out: string, id: string): void {
  Object.values(parts(out, id)).forEach((file) => rmSync(file, { force: true }));
}

/** The files that a batch grows, and how far they count. */
export interface BatchOutput {
  readonly position: BatchPosition;
  /** Adds to the files; nothing of it counts before {@link commit}. */
  append(output: Buffer, rejected: Buffer): Promise<void>;
  /** Brings what was added to the disk, then says that it counts. */
  commit(position: Omit<BatchPosition, 'outputBytes' | 'rejectedBytes'>): Promise<void>;
  close(): Promise<void>;
}

/** How far a batch was when its process ended; undefined where it had not begun. */
export function readPosition(out: string, id: string): BatchPosition | undefined {
  const file = parts(out, id).position;
  return existsSync(file) ? batchPosition.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
}

/**
 * Opens the files of a batch as they were when it said last how far it is: what was added since is cut off.
 * @param beginning for a batch that has not begun
 */
export async function openOutput(out: string, id: string, beginning: BatchPosition): Promise<BatchOutput> {
  const files = parts(out, id);
  let position = readPosition(out, id) ?? beginning;
  const output = await openCut(files.output, position.outputBytes);
  const rejected = await openCut(files.rejected, position.rejectedBytes);
  const grown = { output: position.outputBytes, rejected: position.rejectedBytes };
  const close = async (): Promise<void> => {
    await Promise.all([output.close(), rejected.close()]);
  };
  return {
    get position() {
      return position;
    },
    async append(more, moreRejected) {
      await writeAll(output, more, grown.output);
      grown.output += more.length;
      await writeAll(rejected, moreRejected, grown.rejected);
      grown.rejected += moreRejected.length;
    },
    async commit(reached) {
      await Promise.all([output.datasync(), rejected.datasync()]);
      position = { ...reached, outputBytes: grown.output, rejectedBytes: grown.rejected };
      await replace(files.position, JSON.stringify(position));
    },
    close,
  };
}

/**
 * Puts the files of a batch that read everything into their places, the output last. What was done of that before is left as it is.
 * @param lineage what the output was made from; it names the batch
 */
export async function placeOutput({ out, id, overwrite }: { readonly out: string; readonly id: string; readonly overwrite: boolean }, { rejected, columns }: BatchPosition, lineage: string): Promise<void> {
  const files = parts(out, id);
  const beside = besideOutput(out);
  const whole = await wholeOutput(files, out, columns ?? [], lineage);
  if (whole !== undefined) {
    if (!overwrite && existsSync(out)) {
      throw new Problem('conflict', `${out} was made while the batch ran.`, { remedy: 'Score it anew, into another file.' });
    }
    if (rejected === 0) {
      await rm(beside.rejected, { force: true });
    } else if (existsSync(files.rejected)) {
      await rename(files.rejected, beside.rejected);
    }
    await replace(beside.lineage, lineage);
    await rename(whole, out);
    flushFolder(path.dirname(out));
  }
  removeParts(out, id);
}

/** The file that becomes the output: for Parquet it is made of the lines, which go once it is whole. Undefined where it is in its place. */
async function wholeOutput(files: ReturnType<typeof parts>, out: string, columns: readonly string[], lineage: string): Promise<string | undefined> {
  if (requireFormat(out, 'out') !== 'parquet') {
    return existsSync(files.output) ? files.output : undefined;
  }
  if (existsSync(files.output)) {
    await writeParquet({ lines: files.output, file: files.begunTable, columns, lineage });
    await rename(files.begunTable, files.table);
    flushFolder(path.dirname(out));
    await rm(files.output);
  }
  return existsSync(files.table) ? files.table : undefined;
}

/** Whether the output of a batch is in its place. */
export function isPlaced(out: string, id: string): boolean {
  const { lineage } = besideOutput(out);
  const { output, table } = parts(out, id);
  if (existsSync(output) || existsSync(table) || !existsSync(out) || !existsSync(lineage)) {
    return false;
  }
  const named = z.object({ batch: z.string() }).safeParse(JSON.parse(readFileSync(lineage, 'utf8')));
  return named.success && named.data.batch === id;
}

/** A file that is there, with its first bytes, or a new one. */
async function openCut(file: string, bytes: number): Promise<FileHandle> {
  const handle = await open(file, bytes === 0 ? 'w+' : 'r+', 0o600);
  const { size } = await handle.stat();
  if (size < bytes) {
    await handle.close();
    throw new Problem('conflict', `${file} is shorter than the batch left it.`, { remedy: 'Score the files anew.' });
  }
  await handle.truncate(bytes);
  return handle;
}

async function writeAll(handle: FileHandle, buffer: Buffer, at: number): Promise<void> {
  let written = 0;
  while (written < buffer.length) {
    written += (await handle.write(buffer, written, buffer.length - written, at + written)).bytesWritten;
  }
}

/** As `replaceFile`, without holding up the event loop while the disk writes. */
async function replace(file: string, content: string): Promise<void> {
  const temporary = `${file}.tmp`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}
