import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { LoggedRequest } from '../contract/monitoring.ts';
import { inferenceRecord } from '../gateway/inferenceRecord.ts';
import { listSegments } from '../gateway/segments.ts';
import { systemErrorCode } from '../platform/errors.ts';
import { toLoggedRequest } from './requests.ts';
import type { FindInput } from './windows/ingestMessages.ts';

const blockBytes = 4 * 1024 * 1024;
const newline = 0x0a;

export interface FoundRequest {
  readonly endpoint: string;
  readonly request: LoggedRequest;
  /** As the log has them: of each row the probability by which the release decides. */
  readonly scores: readonly number[] | undefined;
}

/** The line of a file that holds some bytes; undefined where none does. */
async function lineWith(file: string, wanted: Buffer): Promise<string | undefined> {
  const handle = await open(file, 'r');
  try {
    let rest = Buffer.alloc(0);
    for (let position = 0; ; ) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(blockBytes), 0, blockBytes, position);
      if (bytesRead === 0) {
        return undefined;
      }
      position += bytesRead;
      const block = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      const whole = block.lastIndexOf(newline) + 1;
      const at = block.subarray(0, whole).indexOf(wanted);
      if (at >= 0) {
        return block.toString('utf8', block.lastIndexOf(newline, at) + 1, block.indexOf(newline, at));
      }
      rest = Buffer.from(block.subarray(whole));
    }
  } finally {
    await handle.close();
  }
}

async function endpointsIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') {
      return [];
    }
    throw error;
  });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Looks for a request in the whole log, the newest segments first: a search for bytes, which no body can hold unescaped. */
export async function findRequest(root: string, { id, endpoint }: FindInput): Promise<FoundRequest | undefined> {
  const wanted = Buffer.from(`"id":${JSON.stringify(id)}`);
  for (const name of endpoint === undefined ? await endpointsIn(root) : [endpoint]) {
    for (const { file } of (await listSegments(path.join(root, name))).reverse()) {
      const line = await lineWith(file, wanted);
      const record = line === undefined ? undefined : inferenceRecord.safeParse(JSON.parse(line)).data;
      if (record !== undefined) {
        return { endpoint: name, request: toLoggedRequest(record), scores: record.scores };
      }
    }
  }
  return undefined;
}
