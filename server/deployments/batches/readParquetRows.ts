import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { asyncBufferFromFile, parquetMetadataAsync, parquetRead, type FileMetaData, type ParquetReadOptions } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { formatBytes } from '../../contract/format/bytes.ts';
import { Problem } from '../../platform/errors.ts';
import { jsonOf, parquetParsers } from './parquetValues.ts';

export interface ParquetPiece {
  /** One row a line. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** Rows of the file that are done with behind it. */
  readonly rows: number;
  /** Rows that the file has. */
  readonly total: number;
}

/** What a group of rows may hold without its compression; writers make groups of some hundred megabytes at most. */
const mostGroupBytes = 1024 * 1024 * 1024;

/**
 * The rows of a Parquet file from a number on, in pieces of JSON Lines. One group of rows is in memory at a time.
 * @param from number of the first row, from 0 on
 * @returns the sha256 of the file
 * @throws Problem `invalid-input` for a file with a group that is too large; whatever the reader says of a file that is none
 */
export async function* readParquetRows(path: string, from: number, pieceBytes: number): AsyncGenerator<ParquetPiece, string> {
  const digest = digestOf(path);
  // Whoever waits for it hears of its failure; until then it is nobody's.
  digest.catch(() => undefined);
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const total = Number(metadata.num_rows);
  const names = columnsOf(metadata);
  let begin = 0;
  for (const group of metadata.row_groups) {
    const end = begin + Number(group.num_rows);
    if (end > from) {
      requireBounded(path, Number(group.total_byte_size));
      const columns: unknown[][] = [];
      for (const name of names) {
        columns.push(await readColumn({ file, metadata, columns: [name], rowStart: begin, rowEnd: end }));
      }
      yield* pieces(names, columns, { begin, from: Math.max(from, begin), end, total, pieceBytes });
    }
    begin = end;
  }
  return digest;
}

/** All values of one column in a span of rows. */
async function readColumn(options: ParquetReadOptions & { readonly rowStart: number; readonly rowEnd: number }): Promise<unknown[]> {
  const values: unknown[] = new Array(options.rowEnd - options.rowStart).fill(null);
  await parquetRead({
    ...options,
    compressors,
    // Bytes that are not said to be text stay bytes.
    utf8: false,
    parsers: parquetParsers,
    onChunk: ({ columnData, rowStart }) => {
      for (let index = 0; index < columnData.length; index += 1) {
        values[rowStart - options.rowStart + index] = columnData[index];
      }
    },
  });
  return values;
}

/** Names of the columns, those within others not counted. */
function columnsOf({ schema }: FileMetaData): string[] {
  const [root, ...elements] = schema;
  const names: string[] = [];
  let at = 0;
  const skip = (): void => {
    const children = elements[at]?.num_children ?? 0;
    at += 1;
    for (let child = 0; child < children; child += 1) {
      skip();
    }
  };
  for (let column = 0; column < (root?.num_children ?? 0) && at < elements.length; column += 1) {
    names.push(elements[at]?.name ?? '');
    skip();
  }
  return names;
}

function requireBounded(path: string, bytes: number): void {
  if (bytes > mostGroupBytes) {
    throw new Problem('invalid-input', `A group of rows of ${path} has ${formatBytes(bytes)}; ${formatBytes(mostGroupBytes)} are read at once.`, { field: 'inputs', remedy: 'Write the file with smaller groups of rows (row_group_size).' });
  }
}

interface Span {
  /** Number of the first row of the columns. */
  readonly begin: number;
  readonly from: number;
  readonly end: number;
  readonly total: number;
  readonly pieceBytes: number;
}

function* pieces(names: readonly string[], columns: readonly (readonly unknown[])[], { begin, from, end, total, pieceBytes }: Span): Generator<ParquetPiece> {
  const keys = names.map((name) => JSON.stringify(name));
  let lines: string[] = [];
  let length = 0;
  for (let row = from; row < end; row += 1) {
    const line = `{${keys.map((key, column) => `${key}:${jsonOf(columns[column]?.[row - begin])}`).join(',')}}\n`;
    lines.push(line);
    length += line.length;
    if (length >= pieceBytes || row === end - 1) {
      yield { body: new TextEncoder().encode(lines.join('')), rows: row + 1, total };
      lines = [];
      length = 0;
    }
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(piece as Buffer);
  }
  return hash.digest('hex');
}
