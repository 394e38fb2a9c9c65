import type { IncomingHttpHeaders } from 'node:http';
import type { Sticky } from '../contract/sticky.ts';
import { isRecord } from '../contract/values.ts';

/** Bodies up to this size are read for their field: that takes less than a millisecond. */
const readBytes = 64 * 1024;

/**
 * What the draw of a release goes by, so that the same caller gets the same one: the client's `x-slipway-key`, else the header or the
 * field that the route names. Undefined where the request has none: then the draw is by chance.
 * @param body held whole; undefined for one that streams, of which no field is read
 */
export function stickyKey(sticky: Sticky | undefined, headers: IncomingHttpHeaders, body: Buffer | undefined): string | undefined {
  const given = headers['x-slipway-key'];
  if (typeof given === 'string') {
    return given;
  }
  switch (sticky?.by) {
    case undefined:
      return undefined;
    case 'header': {
      const value = headers[sticky.name];
      return typeof value === 'string' ? value : undefined;
    }
    case 'field':
      return body === undefined || body.length > readBytes ? undefined : fieldOf(body, sticky.name);
  }
}

function fieldOf(body: Buffer, name: string): string | undefined {
  let document: unknown;
  try {
    document = JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
  const value = isRecord(document) ? firstValue(document, name) : undefined;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/**
 * The value of a field in the first row, in the JSON forms of MLflow (`dataframe_split`, `dataframe_records`, `inputs`, `instances`), Azure ML
 * (`input_data`) and the Open Inference Protocol v2 (`inputs` with names and data); else a field of the document itself.
 */
function firstValue(document: Readonly<Record<string, unknown>>, name: string): unknown {
  for (const rows of [document['dataframe_split'], document['dataframe_records'], document['input_data'], document['inputs'], document['instances']]) {
    const value = Array.isArray(rows) ? inList(rows, name) : isRecord(rows) ? inTable(rows, name) : undefined;
    if (value !== undefined) {
      return value;
    }
  }
  return Object.hasOwn(document, name) ? document[name] : undefined;
}

function inList(rows: readonly unknown[], name: string): unknown {
  const tensor = rows.find((row) => isRecord(row) && row['name'] === name && Array.isArray(row['data']));
  if (isRecord(tensor) && Array.isArray(tensor['data'])) {
    return tensor['data'].flat()[0];
  }
  const first = rows[0];
  return isRecord(first) && Object.hasOwn(first, name) ? first[name] : undefined;
}

function inTable(table: Readonly<Record<string, unknown>>, name: string): unknown {
  const { columns, data } = table;
  if (Array.isArray(columns) && Array.isArray(data)) {
    const first: unknown = data[0];
    return Array.isArray(first) ? first[columns.indexOf(name)] : undefined;
  }
  const column = Object.hasOwn(table, name) ? table[name] : undefined;
  return Array.isArray(column) ? column[0] : column;
}
