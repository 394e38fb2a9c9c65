import { open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { inferenceRecord } from '../../gateway/inferenceRecord.ts';
import { listSegments } from '../../gateway/segments.ts';
import type { Ingest } from './ingest.ts';
import { readLines } from '../segmentReader.ts';
import type { RollUp } from './rollUp.ts';

const dayMilliseconds = 86_400_000;
const hourMilliseconds = 3_600_000;
/** Windows of less than an hour are kept for so long. */
const shortWindowsMilliseconds = 2 * dayMilliseconds;
/** Segments that are this old do not grow any more. */
const settledMilliseconds = 2 * hourMilliseconds;

/**
 * Deletes segments that are older than the log is kept, takes the bodies that are not in the sample out of segments that have been read,
 * and deletes old windows that longer ones hold.
 */
export async function tidy(root: string, ingest: Ingest, windows: RollUp, keptDays: number, now = Date.now()): Promise<void> {
  for (const endpoint of await ingest.endpoints()) {
    for (const { name, file, startedAt } of await listSegments(path.join(root, endpoint))) {
      const { size } = await stat(file);
      if (startedAt + settledMilliseconds > now || ingest.offset(endpoint, name) < size) {
        continue;
      }
      if (startedAt + keptDays * dayMilliseconds < now) {
        await rm(file, { force: true });
        ingest.forget(endpoint, name);
      } else if (!ingest.isThinned(endpoint, name)) {
        ingest.setThinned(endpoint, name, await dropUnsampledBodies(file, size));
      }
    }
  }
  windows.make(0, now);
  windows.dropShort(now - shortWindowsMilliseconds - (now % hourMilliseconds));
}

/** Writes the segment anew where it holds bodies that are not to be kept; returns its size then. */
async function dropUnsampledBodies(file: string, size: number): Promise<number> {
  const temporary = `${file}.tmp`;
  const output = await open(temporary, 'w', 0o600);
  let dropped = false;
  try {
    for (let offset = 0; offset < size; ) {
      const { lines, end } = await readLines(file, offset);
      if (end === offset) {
        break;
      }
      const shorter = lines.map(withoutUnsampledBodies);
      dropped ||= shorter.some((line, index) => line !== lines[index]);
      await output.appendFile(`${shorter.join('\n')}\n`);
      offset = end;
    }
    await output.sync();
  } finally {
    await output.close();
  }
  if (!dropped) {
    await rm(temporary, { force: true });
    return size;
  }
  const { size: shorter } = await stat(temporary);
  await rename(temporary, file);
  return shorter;
}

function withoutUnsampledBodies(line: string): string {
  let document: unknown;
  try {
    document = JSON.parse(line);
  } catch {
    return line;
  }
  const record = inferenceRecord.safeParse(document).data;
  if (record === undefined || record.sampled || (record.request === undefined && record.response === undefined)) {
    return line;
  }
  return JSON.stringify({ ...record, request: undefined, requestEncoding: undefined, response: undefined, responseEncoding: undefined });
}
