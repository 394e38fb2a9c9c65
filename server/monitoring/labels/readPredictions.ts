import { stat } from 'node:fs/promises';
import path from 'node:path';
import { faultOf, inferenceRecord, type InferenceRecord } from '../../gateway/inferenceRecord.ts';
import { listSegments, type Segment } from '../../gateway/segments.ts';
import { systemErrorCode } from '../../platform/errors.ts';
import { readPredictions, readRows } from '../bodies.ts';
import { readLines } from '../segmentReader.ts';
import type { LabelledRelease } from './labelMessages.ts';
import type { EndpointId } from './labelTable.ts';
import { labelValueOf } from './labelValue.ts';
import type { PredictedRow, PredictionTable } from './predictionTable.ts';

/** What one reading came to. */
interface Read {
  /** Releases that have to be known before the log can be read on, as their bodies name no columns. */
  readonly wanted: readonly string[];
  readonly changed: boolean;
}

/**
 * Brings what the log of an endpoint holds behind the own mark into the table of predictions; the mark moves in the transaction of the rows. What is read
 * twice, after a crash or for a new key column, is written once.
 * @param keys ids of the key columns by name
 */
export async function readEndpoint(
  root: string,
  endpoint: string,
  id: EndpointId,
  table: PredictionTable,
  keys: ReadonlyMap<string, number>,
  releases: Readonly<Record<string, LabelledRelease>>,
): Promise<Read> {
  let changed = false;
  for (const segment of await listSegments(path.join(root, endpoint))) {
    try {
      const read = await readSegment(segment, id, table, keys, releases);
      changed ||= read.changed;
      if (read.wanted.length > 0) {
        return { wanted: read.wanted, changed };
      }
    } catch (error) {
      // Deleted meanwhile, as it was older than the log is kept.
      if (systemErrorCode(error) !== 'ENOENT') {
        throw error;
      }
    }
  }
  return { wanted: [], changed };
}

async function readSegment(segment: Segment, id: EndpointId, table: PredictionTable, keys: ReadonlyMap<string, number>, releases: Readonly<Record<string, LabelledRelease>>): Promise<Read> {
  const { size } = await stat(segment.file);
  let offset = table.offset(id, segment.name);
  if (offset > size) {
    // It was rewritten without the bodies that are not kept; what was read is known.
    table.add(id, segment.name, size, []);
    return { wanted: [], changed: false };
  }
  let changed = false;
  while (offset < size) {
    const { lines, end } = await readLines(segment.file, offset);
    if (end === offset) {
      break;
    }
    const records = lines.flatMap(parseLine);
    const wanted = keys.size === 0 ? [] : [...new Set(records.map(({ release }) => release))].filter((release) => !Object.hasOwn(releases, release));
    if (wanted.length > 0) {
      return { wanted, changed };
    }
    table.add(id, segment.name, end, records.flatMap((record) => rowsOf(record, keys, releases[record.release])));
    changed ||= records.length > 0;
    offset = end;
  }
  return { wanted: [], changed };
}

type Answered = InferenceRecord & { readonly release: string };

/** An answered request; other lines say nothing here. */
function parseLine(line: string): Answered[] {
  let document: unknown;
  try {
    document = JSON.parse(line);
  } catch {
    return [];
  }
  const record = inferenceRecord.safeParse(document).data;
  return record === undefined || record.release === null || record.status >= 300 || faultOf(record) !== undefined ? [] : [{ ...record, release: record.release }];
}

function whole(text: string | undefined, encoding: 'base64' | undefined, bytes: number): string | undefined {
  return text === undefined || encoding !== undefined || Buffer.byteLength(text) < bytes ? undefined : text;
}

function rowsOf(record: Answered, keys: ReadonlyMap<string, number>, release: LabelledRelease | undefined): PredictedRow[] {
  const answer = whole(record.response, record.responseEncoding, record.responseBytes);
  const predictions = answer === undefined ? undefined : readPredictions(answer);
  const count = predictions?.length ?? record.rows ?? 1;
  const body = keys.size === 0 ? undefined : whole(record.request, record.requestEncoding, record.requestBytes);
  const inputs = body === undefined ? undefined : readRows(body, record.contentType, release?.inputs ?? []);
  return Array.from({ length: count }, (_, row) => ({
    request: record.id,
    row,
    at: record.at,
    release: record.release,
    prediction: labelValueOf(predictions?.[row]) ?? null,
    score: record.scores?.[row] ?? null,
    keys: [...keys].flatMap(([name, key]) => {
      const value = labelValueOf(inputs?.columns.get(name)?.[row]);
      return value === undefined ? [] : [[key, String(value)] as const];
    }),
  }));
}
