import { Worker } from 'node:worker_threads';
import type { ErrorReason } from '../../contract/errors.ts';
import { Problem } from '../../platform/errors.ts';
import { entry } from '../../platform/resources.ts';
import type { BatchFile } from './batchFiles.ts';
import { chunkBytes, type FileChunks } from './chunks.ts';

/** What the thread is to do. */
export type ParquetWork =
  /** Rows of a file from a number on, as JSON Lines; each piece is asked for. */
  | { readonly kind: 'read'; readonly file: string; readonly from: number; readonly pieceBytes: number }
  /** A file of JSON Lines as Parquet into another, which then says as `slipway` what it was made from. */
  | { readonly kind: 'write'; readonly lines: string; readonly file: string; readonly columns: readonly string[]; readonly lineage: string };

export type FromParquet =
  /** `rows` of the file are done with behind it, of `total`. */
  | { readonly type: 'piece'; readonly body: Uint8Array<ArrayBuffer>; readonly rows: number; readonly total: number }
  /** All was read; `sha256` is that of the file. */
  | { readonly type: 'end'; readonly sha256: string }
  | { readonly type: 'written' }
  | { readonly type: 'failure'; readonly reason: ErrorReason; readonly message: string; readonly remedy: string | undefined };

interface ParquetThread {
  /** The next piece, or the end. @throws Problem for a file that is none, or too large for the thread */
  next(): Promise<Exclude<FromParquet, { type: 'failure' }>>;
  close(): Promise<void>;
}

/** Of what is alive in the thread at once: a file whose groups of rows are larger is refused. */
const memoryMegabytes = 3072;

/** A thread that reads or writes Parquet: decoding takes long, and a hostile file gets no more than the thread's memory. */
function startParquetThread(work: ParquetWork): ParquetThread {
  const worker = new Worker(entry('deployments/batches/parquet.worker.ts', 'workers/parquet.mjs'), { workerData: work, resourceLimits: { maxOldGenerationSizeMb: memoryMegabytes } });
  return {
    next: () =>
      new Promise((resolve, reject) => {
        const settle = (act: () => void): void => {
          worker.removeListener('message', told);
          worker.removeListener('error', failed);
          act();
        };
        const told = (message: FromParquet): void =>
          settle(() => {
            if (message.type === 'failure') {
              reject(new Problem(message.reason, message.message, message.remedy === undefined ? {} : { remedy: message.remedy }));
            } else {
              resolve(message);
            }
          });
        const failed = (error: NodeJS.ErrnoException): void => settle(() => reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooLarge() : error));
        worker.on('message', told);
        worker.on('error', failed);
        worker.postMessage('next');
      }),
    close: async () => {
      await worker.terminate();
    },
  };
}

function tooLarge(): Problem {
  return new Problem('invalid-input', 'A group of rows of the Parquet file does not fit into memory.', { field: 'inputs', remedy: 'Write the file with smaller groups of rows (row_group_size), or as CSV.' });
}

/**
 * Reads the rows of a file from a number on in pieces of JSON Lines of about so many bytes.
 * @throws Problem for a file that is none, and one with groups of rows that are too large
 */
export function openParquetChunks(file: BatchFile, from: number, bytes = chunkBytes): FileChunks {
  const thread = startParquetThread({ kind: 'read', file: file.path, from, pieceBytes: bytes });
  let digest = '';
  return {
    async *chunks() {
      for (;;) {
        const message = await thread.next();
        if (message.type !== 'piece') {
          digest = message.type === 'end' ? message.sha256 : '';
          return;
        }
        const { body, rows, total } = message;
        // How far it is, by its share of the rows: where they lie in the file means nothing.
        yield { body: Buffer.from(body.buffer, body.byteOffset, body.length), end: Math.floor((file.bytes * rows) / Math.max(1, total)) };
      }
    },
    digest: () => digest,
    close: () => thread.close(),
  };
}

/** Writes objects, one a line, as a Parquet file; `lineage` is its metadata `slipway`. @throws Problem `unavailable` where it cannot be written */
export async function writeParquet(work: { readonly lines: string; readonly file: string; readonly columns: readonly string[]; readonly lineage: string }): Promise<void> {
  const thread = startParquetThread({ kind: 'write', ...work });
  try {
    await thread.next();
  } finally {
    await thread.close();
  }
}
