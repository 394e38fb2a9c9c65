import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, Problem } from '../../platform/errors.ts';
import type { FromParquet, ParquetWork } from './parquetThread.ts';
import { readParquetRows } from './readParquetRows.ts';
import { writeParquetFile } from './writeParquetFile.ts';

const port = parentPort;
if (port === null) {
  throw new Error('runs as a worker of the companion');
}
const work = workerData as ParquetWork;
const next = work.kind === 'read' ? reading(work) : writing(work);

function reading({ file, from, pieceBytes }: Extract<ParquetWork, { kind: 'read' }>): () => Promise<FromParquet> {
  const pieces = readParquetRows(file, from, pieceBytes);
  return async () => {
    try {
      const { value, done } = await pieces.next();
      return done === true ? { type: 'end', sha256: value } : { type: 'piece', ...value };
    } catch (error) {
      return failure(error, `${file} cannot be read as Parquet`);
    }
  };
}

function writing({ lines, file, columns, lineage }: Extract<ParquetWork, { kind: 'write' }>): () => Promise<FromParquet> {
  return async () => {
    try {
      await writeParquetFile(lines, file, columns, lineage);
      return { type: 'written' };
    } catch (error) {
      return failure(error, 'The output cannot be written as Parquet');
    }
  };
}

/** What the library says of a file is about the file; a write that fails may go through another time. */
function failure(error: unknown, what: string): FromParquet {
  return error instanceof Problem
    ? { type: 'failure', reason: error.reason, message: error.message, remedy: error.remedy }
    : { type: 'failure', reason: work.kind === 'read' ? 'invalid-input' : 'unavailable', message: `${what}: ${messageOf(error)}`, remedy: undefined };
}

port.on('message', () => {
  void next().then((message) => port.postMessage(message, message.type === 'piece' ? [message.body.buffer] : []));
});
