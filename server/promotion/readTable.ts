import { createReadStream, statSync } from 'node:fs';
import { parse } from 'csv-parse';
import { Problem } from '../platform/errors.ts';
import { sha256OfFile } from '../platform/hash.ts';

export interface Table {
  readonly columns: ReadonlyMap<string, readonly string[]>;
  readonly rows: number;
}

/** Rows beyond are more than gates need. */
const mostRows = 100_000;
const mostBytes = 256 * 1024 * 1024;

/**
 * A CSV file with a line of names.
 * @param sha256 what it has to be, where that is known
 * @throws Problem `invalid-input` for what is none, is too large, or is another file by now
 */
export async function readTable(file: string, sha256?: string): Promise<Table> {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() !== true || found.size > mostBytes) {
    throw new Problem('invalid-input', `${file} is no file of at most ${mostBytes / 1024 / 1024} MB.`);
  }
  if (!/\.csv$/i.test(file)) {
    throw new Problem('invalid-input', `${file} is no CSV file.`);
  }
  if (sha256 !== undefined && (await sha256OfFile(file)) !== sha256) {
    throw new Problem('invalid-input', `${file} is not what it was.`);
  }
  const values: string[][] = [];
  let names: string[] = [];
  let rows = 0;
  for await (const record of createReadStream(file).pipe(parse({ bom: true, skip_empty_lines: true })) as AsyncIterable<string[]>) {
    if (names.length === 0) {
      names = record;
      names.forEach(() => values.push([]));
      continue;
    }
    rows += 1;
    if (rows > mostRows) {
      throw new Problem('invalid-input', `${file} has more than ${mostRows} rows.`);
    }
    record.forEach((value, index) => values[index]?.push(value));
  }
  if (rows === 0 || new Set(names).size < names.length) {
    throw new Problem('invalid-input', `${file} has ${rows === 0 ? 'no rows' : 'two columns of one name'}.`);
  }
  return { columns: new Map(names.map((name, index) => [name, values[index] ?? []])), rows };
}

/** Each row as one text of some of its columns. */
export function rowKeys(columns: ReadonlyMap<string, readonly string[]>, names: Iterable<string>): string[] {
  const parts = [...names].map((name) => columns.get(name) ?? []);
  return (parts[0] ?? []).map((_, row) => parts.map((values) => values[row] ?? '').join('\u0000'));
}
