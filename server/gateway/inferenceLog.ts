import { isUtf8 } from 'node:buffer';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import { systemErrorCode } from '../platform/errors.ts';
import { unitHash } from '../platform/hash.ts';
import type { InferenceRecord } from './inferenceRecord.ts';
import { createLossCount, gapLine, type LogLoss, type LossCount } from './logLosses.ts';
import type { LossReserve } from './lossReserve.ts';
import type { InferenceLogOptions } from './routeFile.ts';
import { segmentName } from './segments.ts';
import type { inferenceLogStatus } from './statusReport.ts';

const segmentBytes = 64 * 1024 * 1024;
const segmentMilliseconds = 3_600_000;
/** While the disk takes nothing, it is tried so often whether it has room again. */
const retryMilliseconds = 1000;

/** A record whose bodies are still bytes. */
export interface RequestOutcome extends Omit<InferenceRecord, 'v' | 'request' | 'response' | 'truncated' | 'requestEncoding' | 'responseEncoding' | 'sampled'> {
  readonly requestHead: Buffer;
  readonly responseHead: Buffer;
}

export interface InferenceLog {
  /**
   * Writes the record before the current turn of the event loop ends, together with the others of the turn, and then calls `written`:
   * an answer that is sent from there is in the log, also after kill -9 of this process. A record that the disk does not take is
   * counted, and `written` is called all the same; the log says how many are missing once there is room again.
   */
  append(endpoint: string, outcome: RequestOutcome, written: () => void): void;
  /** Writes what was appended and not yet written, and what is missing. */
  flush(): void;
  configure(options: InferenceLogOptions): void;
  status(): z.infer<typeof inferenceLogStatus>;
  /** Records of an endpoint that this process could not write. */
  dropped(endpoint: string): number;
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
  readonly losses: LossCount;
  dropped: number;
  pending: Pending[];
  segment: OpenSegment | undefined;
  /** The disk took only a part of the last line of the segment: it is no record, and the next one must not continue it. */
  torn: boolean;
}

/** What is written as a whole or not at all. */
interface Part {
  readonly text: Buffer;
  readonly written: () => void;
  readonly lost?: (error: unknown) => void;
}

/**
 * Appends records to segments in `root/<endpoint>/`, one write a turn of the event loop. Each process writes segments of its own, so a
 * line that a crash cut short is the last of its file.
 * @param reserve keeps what was lost for the next process, should this one be killed before it can write it
 */
export function createInferenceLog(root: string, initial: InferenceLogOptions, reserve?: LossReserve): InferenceLog {
  const writers = new Map<string, Writer>();
  const status = { written: 0, dropped: 0 };
  let options = initial;
  let scheduled: NodeJS.Immediate | undefined;
  let retry: NodeJS.Timeout | undefined;

  const writerOf = (endpoint: string, left?: LogLoss): Writer => {
    const known = writers.get(endpoint);
    if (known !== undefined) {
      return known;
    }
    const writer: Writer = { folder: path.join(root, endpoint), losses: createLossCount(endpoint, left), dropped: 0, pending: [], segment: undefined, torn: false };
    writers.set(endpoint, writer);
    return writer;
  };
  const losses = (): LogLoss[] => [...writers.values()].map((writer) => writer.losses.report()).filter((loss) => loss !== undefined);

  const partsOf = (writer: Writer, batch: readonly Pending[]): Part[] => [
    ...(writer.torn ? [{ text: Buffer.from('\n'), written: () => (writer.torn = false) }] : []),
    ...writer.losses.gaps().map((gap) => ({ text: Buffer.from(`${JSON.stringify(gapLine.parse({ v: 1, gap }))}\n`), written: () => writer.losses.written(gap) })),
    ...batch.map(({ outcome }) => ({
      text: Buffer.from(line(outcome, options)),
      written: () => (status.written += 1),
      lost(error: unknown) {
        status.dropped += 1;
        writer.dropped += 1;
        writer.losses.add(outcome, error);
      },
    })),
  ];

  const drain = (writer: Writer): void => {
    const batch = writer.pending;
    writer.pending = [];
    const missing = writer.losses.gaps().length;
    if (batch.length === 0 && missing === 0) {
      return;
    }
    write(writer, partsOf(writer, batch));
    if (missing > 0 || writer.losses.gaps().length > 0) {
      keepLosses();
    }
    batch.forEach(({ written }) => written());
  };

  const keepLosses = (): void => {
    const now = losses();
    reserve?.keep(now.filter(({ open }) => open));
    if (now.some(({ open }) => open)) {
      retry ??= setInterval(flush, retryMilliseconds).unref();
    } else {
      clearInterval(retry);
      retry = undefined;
    }
  };

  const flush = (): void => {
    clearImmediate(scheduled);
    scheduled = undefined;
    writers.forEach(drain);
  };

  for (const loss of reserve?.left ?? []) {
    writerOf(loss.endpoint, loss);
  }
  flush();

  return {
    append(endpoint, outcome, written) {
      writerOf(endpoint).pending.push({ outcome, written });
      scheduled ??= setImmediate(flush);
    },
    flush,
    configure(next) {
      options = next;
    },
    status: () => ({ ...status, losses: losses() }),
    dropped: (endpoint) => writers.get(endpoint)?.dropped ?? 0,
    close() {
      flush();
      clearInterval(retry);
      writers.forEach(closeSegment);
      writers.clear();
      reserve?.close();
    },
  };
}

/** Writes the parts, in one write where the disk takes them, and tells each of them what became of it. */
function write(writer: Writer, parts: readonly Part[]): void {
  const bytes = Buffer.concat(parts.map(({ text }) => text));
  let done = 0;
  let failure: unknown;
  try {
    const segment = segmentFor(writer);
    while (done < bytes.length) {
      const count = writeSync(segment.descriptor, bytes, done);
      done += count;
      segment.bytes += count;
    }
  } catch (error) {
    failure = error;
  }
  let end = 0;
  for (const part of parts) {
    const begin = end;
    end += part.text.length;
    if (end <= done) {
      part.written();
    } else {
      writer.torn ||= begin < done;
      part.lost?.(failure);
    }
  }
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
  writer.torn = false;
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
