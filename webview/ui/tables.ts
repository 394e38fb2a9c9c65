import { isRecord } from '../../server/contract/values.ts';

/** A logged table as text. */
export interface DataTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Reads a logged table: MLflow's `log_table`, records, columns of values, matrices; CSV and TSV. Undefined for anything else. */
export function readTable(path: string, text: string): DataTable | undefined {
  if (/\.(?:csv|tsv)$/i.test(path)) {
    return readDelimited(text, /\.tsv$/i.test(path) ? '\t' : ',');
  }
  try {
    return tableOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function tableOf(value: unknown): DataTable | undefined {
  if (Array.isArray(value)) {
    return value.length > 0 && value.every(Array.isArray) ? matrix(value, undefined) : fromRecords(value);
  }
  if (!isRecord(value)) {
    return undefined;
  }
  const { columns, data } = value;
  if (Array.isArray(columns) && Array.isArray(data)) {
    return { columns: columns.map(cellText), rows: data.map((row) => (Array.isArray(row) ? row.map(cellText) : [cellText(row)])) };
  }
  const cells = [value['matrix'], value['confusion_matrix'], data].find((item) => Array.isArray(item) && item.every(Array.isArray));
  if (Array.isArray(cells)) {
    return matrix(cells, [value['labels'], value['classes'], value['class_names']].find(Array.isArray));
  }
  return fromColumns(value);
}

function matrix(cells: readonly unknown[], labels: readonly unknown[] | undefined): DataTable {
  const rows = cells.map((row) => (Array.isArray(row) ? row.map(cellText) : []));
  const name = (index: number): string => (labels === undefined ? String(index) : cellText(labels[index]));
  return { columns: ['', ...(rows[0] ?? []).map((_, index) => name(index))], rows: rows.map((row, index) => [name(index), ...row]) };
}

function fromRecords(values: readonly unknown[]): DataTable | undefined {
  const records = values.filter(isRecord);
  if (records.length === 0 || records.length < values.length) {
    return undefined;
  }
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
  return { columns, rows: records.map((record) => columns.map((column) => cellText(record[column]))) };
}

/** Pandas writes columns as lists, or as values by row. */
function fromColumns(value: Readonly<Record<string, unknown>>): DataTable | undefined {
  const columns = Object.keys(value);
  const lists = Object.values(value).map((column) => (Array.isArray(column) ? column.map((cell, index) => [String(index), cell] as const) : isRecord(column) ? Object.entries(column) : undefined));
  if (columns.length === 0 || lists.some((list) => list === undefined)) {
    return undefined;
  }
  const keys = [...new Set(lists.flatMap((list) => (list ?? []).map(([key]) => key)))];
  const maps = lists.map((list) => new Map<string, unknown>(list));
  const numbered = keys.every((key, index) => key === String(index));
  return { columns: numbered ? columns : ['', ...columns], rows: keys.map((key) => [...(numbered ? [] : [key]), ...maps.map((map) => cellText(map.get(key)))]) };
}

function cellText(value: unknown): string {
  if (value === undefined || value === null) {
    return '';
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** RFC 4180, with any delimiter; a first row without a name for its first column is pandas' index. */
function readDelimited(text: string, delimiter: string): DataTable | undefined {
  const rows: string[][] = [[]];
  let cell = '';
  let quoted = false;
  const endCell = (): void => {
    rows.at(-1)?.push(cell);
    cell = '';
  };
  const plain = text.replace(/^\uFEFF/, '');
  for (let index = 0; index < plain.length; index += 1) {
    const character = plain[index] ?? '';
    if (quoted) {
      if (character !== '"') {
        cell += character;
      } else if (plain[index + 1] === '"') {
        cell += '"';
        index += 1;
      } else {
        quoted = false;
      }
    } else if (character === '"' && cell === '') {
      quoted = true;
    } else if (character === delimiter) {
      endCell();
    } else if (character === '\n') {
      endCell();
      rows.push([]);
    } else if (character !== '\r') {
      cell += character;
    }
  }
  endCell();
  const [columns, ...data] = rows.filter((row) => row.length > 1 || row[0] !== '');
  return columns === undefined ? undefined : { columns, rows: data };
}

/** The numbers of a confusion matrix with as many rows as columns, beside a column of labels where it has one; undefined for other tables. */
export function confusionOf(name: string, { columns, rows }: DataTable): { readonly counts: readonly (readonly number[])[]; readonly labelled: boolean } | undefined {
  const labelled = columns.length === rows.length + 1;
  if (!/confus|matrix/i.test(name) || rows.length < 2 || (!labelled && columns.length !== rows.length)) {
    return undefined;
  }
  const counts = rows.map((row) => row.slice(labelled ? 1 : 0).map((cell) => (cell.trim() === '' ? Number.NaN : Number(cell))));
  return counts.every((row) => row.length === rows.length && row.every((count) => Number.isFinite(count) && count >= 0)) ? { counts, labelled } : undefined;
}

/** Which cells of a table are not as in another one: rows by their place, columns by their name. */
export function differingCells(table: DataTable, base: DataTable): readonly (readonly boolean[])[] {
  const places = table.columns.map((column) => base.columns.indexOf(column));
  return table.rows.map((row, index) => row.map((cell, column) => base.rows[index]?.[places[column] ?? -1] !== cell));
}
