import path from 'node:path';
import { inferenceRecord, type InferenceRecord } from '../gateway/inferenceRecord.ts';
import { listSegments } from '../gateway/segments.ts';
import { linesFromEnd } from './linesFromEnd.ts';

/** Processes of the gateway write segments of their own, so that a line may be so many milliseconds earlier than those before it. */
const disorder = 60_000;

/**
 * The records of an endpoint's log, about the latest first, back to a time and no further than so many bytes.
 * @param options.since epoch milliseconds
 */
export async function* recordsFromEnd(root: string, endpoint: string, { since, bytes }: { readonly since: number; readonly bytes: number }): AsyncGenerator<InferenceRecord> {
  let searched = 0;
  for (const { file } of (await listSegments(path.join(root, endpoint))).reverse()) {
    for await (const line of linesFromEnd(file)) {
      searched += line.length;
      if (searched > bytes) {
        return;
      }
      const record = readRecord(line);
      if (record !== undefined && record.at < since - disorder) {
        break;
      }
      if (record !== undefined && record.at >= since) {
        yield record;
      }
    }
  }
}

function readRecord(line: string): InferenceRecord | undefined {
  try {
    return inferenceRecord.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
