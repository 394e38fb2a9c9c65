import { isUtf8 } from 'node:buffer';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import { systemErrorCode } from '../errors.ts';
import { unitHash } from './hash.ts';
import type { InferenceRecord } from './inferenceRecord.ts';
import type { InferenceLogOptions } from './routeFile.ts';
import { segmentName } from './segments.ts';
import type { inferenceLogStatus } from './statusReport.ts';

const flushMilliseconds = 100;
const flushBytes = 256 * 1024;
/** Beyond this much in memory, new records are dropped and counted: the log never slows an answer. */
const queueBytes = 64 * 1024 * 1024;
const segmentBytes = 64 * 1024 * 1024;
const segmentMilliseconds = 3_600_000;
/** What a record takes beside its bodies. */
const recordBytes = 400;

/** A record whose bodies are still bytes. */
export interface RequestOutcome extends Omit<InferenceRecord, 'v' | 'request' | 'response' | 'truncated' | 'requestEncoding' | 'responseEncoding' | 'sampled'> {
  readonly requestHead: Buffer;
  readonly responseHead: Buffer;
}

export interface InferenceLog {
  /** Queues a record; returns at once. */
  append(endpoint: string, outcome: RequestOutcome): void;
  /** Writes what was appended before the call. */
  flush(): Promise<void>;
  configure(options: InferenceLogOptions): void;
  status(): z.infer<typeof inferenceLogStatus>;
  /** Flushes and closes the files. */
  close(): Promise<void>;
}

interface OpenSegment {
  readonly handle: FileHandle;
  readonly openedAt: number;
  bytes: number;
}

/** One endpoint's writer: a queue, and the segment that it goes to. */
interface Writer {
  readonly folder: string;
  queue: RequestOutcome[];
  bytes: number;
  segment: OpenSegment | undefined;
  writing: Promise<void>;
}

/**
 * Appends records to segments in `root/<endpoint>/`, in batches. Each process writes segments of its own, so a line that a crash cut
 * short is the last of its file.
 */
export function createInferenceLog(root: string, initial: InferenceLogOptions): InferenceLog {
  const writers = new Map<string, Writer>();
  const status = { written: 0, dropped: 0, queued: 0 };
  let failure: string | undefined;
  let options = initial;
  let queuedBytes = 0;
  let timer: NodeJS.Timeout | undefined;

  const writerOf = (endpoint: string): Writer => {
    const known = writers.get(endpoint);
    if (known !== undefined) {
      return known;
    }
    const writer: Writer = { folder: path.join(root, endpoint), queue: [], bytes: 0, segment: undefined, writing: Promise.resolve() };
    writers.set(endpoint, writer);
    return writer;
  };

  const drain = (writer: Writer): Promise<void> => {
    writer.writing = writer.writing.then(async () => {
      const batch = writer.queue;
      if (batch.length === 0) {
        return;
      }
      writer.queue = [];
      queuedBytes -= writer.bytes;
      writer.bytes = 0;
      try {
        const text = Buffer.from(batch.map((outcome) => line(outcome, options)).join(''));
        const segment = await segmentFor(writer);
        await segment.handle.appendFile(text);
        segment.bytes += text.length;
        status.written += batch.length;
        failure = undefined;
      } catch (error) {
        status.dropped += batch.length;
        failure = error instanceof Error ? error.message : String(error);
        // What was written of the batch may end within a line; the next batch must not continue it.
        await writer.segment?.handle.close().catch(() => undefined);
        writer.segment = undefined;
      }
      status.queued -= batch.length;
    });
    return writer.writing;
  };

  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    await Promise.all([...writers.values()].map(drain));
  };

  return {
    append(endpoint, outcome) {
      const bytes = recordBytes + Math.min(outcome.requestHead.length, options.bodyBytes) + Math.min(outcome.responseHead.length, options.bodyBytes);
      if (queuedBytes + bytes > queueBytes) {
        status.dropped += 1;
        return;
      }
      const writer = writerOf(endpoint);
      writer.queue.push(outcome);
      writer.bytes += bytes;
      queuedBytes += bytes;
      status.queued += 1;
      if (writer.bytes >= flushBytes) {
        void drain(writer);
      } else {
        timer ??= setTimeout(() => void flush(), flushMilliseconds);
      }
    },
    flush,
    configure(next) {
      options = next;
    },
    status: () => ({ ...status, ...(failure === undefined ? {} : { failure }) }),
    async close() {
      await flush();
      await Promise.all([...writers.values()].map(async ({ segment }) => segment?.handle.close()));
      writers.clear();
    },
  };
}

async function segmentFor(writer: Writer): Promise<OpenSegment> {
  const { segment } = writer;
  if (segment !== undefined && segment.bytes < segmentBytes && Date.now() - segment.openedAt < segmentMilliseconds) {
    return segment;
  }
  await segment?.handle.close();
  await mkdir(writer.folder, { recursive: true, mode: 0o700 });
  writer.segment = await openSegment(writer.folder);
  return writer.segment;
}

async function openSegment(folder: string): Promise<OpenSegment> {
  const openedAt = Date.now();
  for (let number = 0; ; number += 1) {
    try {
      return { handle: await open(path.join(folder, segmentName(openedAt, number)), 'ax', 0o600), openedAt, bytes: 0 };
    } catch (error) {
      if (systemErrorCode(error) !== 'EEXIST') {
        throw error;
      }
    }
  }
}

function line(outcome: RequestOutcome, options: InferenceLogOptions): string {
  const { requestHead, responseHead, ...fields } = outcome;
  const request = body(requestHead, options.bodyBytes);
  const response = body(responseHead, options.bodyBytes);
  const record: InferenceRecord = {
    v: 1,
    ...fields,
    request: request.text,
    ...(request.base64 ? { requestEncoding: 'base64' } : {}),
    response: response.text,
    ...(response.base64 ? { responseEncoding: 'base64' } : {}),
    truncated: request.kept < fields.requestBytes || response.kept < fields.responseBytes,
    sampled: unitHash(fields.id) < options.bodySampleRate,
  };
  return `${JSON.stringify(record)}\n`;
}

function body(head: Buffer, limit: number): { text: string; base64: boolean; kept: number } {
  const kept = head.length > limit ? cutBetweenCharacters(head, limit) : head;
  const base64 = !isUtf8(kept);
  return { text: kept.toString(base64 ? 'base64' : 'utf8'), base64, kept: kept.length };
}

function cutBetweenCharacters(bytes: Buffer, limit: number): Buffer {
  let end = limit;
  while (end > limit - 4 && end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) {
    end -= 1;
  }
  return bytes.subarray(0, end);
}
