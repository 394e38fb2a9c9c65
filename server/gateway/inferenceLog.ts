import { isUtf8 } from 'node:buffer';
import { appendFileSync, closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import { systemErrorCode } from '../platform/errors.ts';
import { unitHash } from '../platform/hash.ts';
import type { InferenceRecord } from './inferenceRecord.ts';
import type { InferenceLogOptions } from './routeFile.ts';
import { segmentName } from './segments.ts';
import type { inferenceLogStatus } from './statusReport.ts';

const segmentBytes = 64 * 1024 * 1024;
const segmentMilliseconds = 3_600_000;

/** A record whose bodies are still bytes. */
export interface RequestOutcome extends Omit<InferenceRecord, 'v' | 'request' | 'response' | 'truncated' | 'requestEncoding' | 'responseEncoding' | 'sampled'> {
  readonly requestHead: Buffer;
  readonly responseHead: Buffer;
}

export interface InferenceLog {
  /**
   * Writes the record before the current turn of the event loop ends, together with the others of the turn, and then calls `written`:
   * an answer that is sent from there is in the log, also after kill -9 of this process. A record that the disk does not take is
   * counted, and `written` is called all the same.
   */
  append(endpoint: string, outcome: RequestOutcome, written: () => void): void;
  /** Writes what was appended and not yet written. */
  flush(): void;
  configure(options: InferenceLogOptions): void;
  status(): z.infer<typeof inferenceLogStatus>;
  /** Flushes and closes the files. */
  close(): void;
}

interface OpenSegment {
  readonly descriptor: number;
  readonly openedAt: number;
  bytes: number;
}

interface Pending {
  readonly outcome: RequestOutcome;
  readonly written: () => void;
}

/** One endpoint's writer: what the current turn has appended, and the segment that it goes to. */
interface Writer {
  readonly folder: string;
  pending: Pending[];
  segment: OpenSegment | undefined;
}

/**
 * Appends records to segments in `root/<endpoint>/`, one write a turn of the event loop. Each process writes segments of its own, so a
 * line that a crash cut short is the last of its file.
 */
export function createInferenceLog(root: string, initial: InferenceLogOptions): InferenceLog {
  const writers = new Map<string, Writer>();
  const status = { written: 0, dropped: 0 };
  let failure: string | undefined;
  let options = initial;
  let scheduled: NodeJS.Immediate | undefined;

  const writerOf = (endpoint: string): Writer => {
    const known = writers.get(endpoint);
    if (known !== undefined) {
      return known;
    }
    const writer: Writer = { folder: path.join(root, endpoint), pending: [], segment: undefined };
    writers.set(endpoint, writer);
    return writer;
  };

  const drain = (writer: Writer): void => {
    const batch = writer.pending;
    if (batch.length === 0) {
      return;
    }
    writer.pending = [];
    try {
      const text = Buffer.from(batch.map(({ outcome }) => line(outcome, options)).join(''));
      const segment = segmentFor(writer);
      appendFileSync(segment.descriptor, text);
      segment.bytes += text.length;
      status.written += batch.length;
      failure = undefined;
    } catch (error) {
      status.dropped += batch.length;
      failure = error instanceof Error ? error.message : String(error);
      // What was written of the batch may end within a line; the next batch must not continue it.
      closeSegment(writer);
    }
    batch.forEach(({ written }) => written());
  };

  const flush = (): void => {
    clearImmediate(scheduled);
    scheduled = undefined;
    writers.forEach(drain);
  };

  return {
    append(endpoint, outcome, written) {
      writerOf(endpoint).pending.push({ outcome, written });
      scheduled ??= setImmediate(flush);
    },
    flush,
    configure(next) {
      options = next;
    },
    status: () => ({ ...status, ...(failure === undefined ? {} : { failure }) }),
    close() {
      flush();
      writers.forEach(closeSegment);
      writers.clear();
    },
  };
}

function closeSegment(writer: Writer): void {
  const { segment } = writer;
  writer.segment = undefined;
  if (segment !== undefined) {
    closeSync(segment.descriptor);
  }
}

function segmentFor(writer: Writer): OpenSegment {
  const { segment } = writer;
  if (segment !== undefined && segment.bytes < segmentBytes && Date.now() - segment.openedAt < segmentMilliseconds) {
    return segment;
  }
  closeSegment(writer);
  mkdirSync(writer.folder, { recursive: true, mode: 0o700 });
  writer.segment = openSegment(writer.folder);
  return writer.segment;
}

function openSegment(folder: string): OpenSegment {
  const openedAt = Date.now();
  for (let number = 0; ; number += 1) {
    try {
      return { descriptor: openSync(path.join(folder, segmentName(openedAt, number)), 'ax', 0o600), openedAt, bytes: 0 };
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
