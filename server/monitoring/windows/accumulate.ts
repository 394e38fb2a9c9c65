import { LatencySketch } from '../../gateway/latencySketch.ts';
import { faultOf, type InferenceRecord } from '../../gateway/inferenceRecord.ts';
import { readPredictions, readRows, type Rows } from '../bodies.ts';
import { addValue, asNumber, emptyColumn, type Column, type ColumnKind } from '../columns/column.ts';
import { valuesPerRow, type ColumnSpec } from '../columns/columnSpec.ts';
import type { Grid } from '../columns/numericColumn.ts';
import { rankOf, seedOf } from '../columns/sample.ts';
import type { Lost } from './lostRequests.ts';

/** Length of the windows that are written, in milliseconds. */
export const windowSpan = 60_000;
/** Columns that are kept of requests to a model without signature. */
const mostUnsignedColumns = 200;

/** What is known of a release before its first request is read. */
export interface ReleaseProfile {
  readonly inputs: readonly ColumnSpec[];
  readonly prediction: ColumnSpec | undefined;
  /** Bins of the numeric columns, from the baseline. */
  readonly grids: ReadonlyMap<string, Grid>;
  readonly predictionGrid: Grid | undefined;
}

export const unknownRelease: ReleaseProfile = { inputs: [], prediction: undefined, grids: new Map(), predictionGrid: undefined };

/** What one minute adds to the statistics of one release at an endpoint. */
export interface WindowStatistics {
  requests: number;
  clientErrors: number;
  serverErrors: number;
  rows: number;
  /** Requests whose body was cut or is of an unknown form: they are in no column. */
  unreadBodies: number;
  /** Requests that were answered and are not in the log: they are in nothing else here. */
  lost: Lost;
  readonly latency: LatencySketch;
  readonly features: Map<string, Column>;
  prediction: Column | undefined;
}

export function emptyWindow(): WindowStatistics {
  return { requests: 0, clientErrors: 0, serverErrors: 0, rows: 0, unreadBodies: 0, lost: null, latency: new LatencySketch(), features: new Map(), prediction: undefined };
}

/**
 * Adds a logged request to a window. Inputs count unless the request was refused: what does not fit the signature says nothing about the
 * features. Predictions count where there was one.
 */
export function addRequest(window: WindowStatistics, record: InferenceRecord, profile: ReleaseProfile): void {
  window.requests += 1;
  const fault = faultOf(record);
  window.clientErrors += fault === 'client' ? 1 : 0;
  window.serverErrors += fault === 'server' ? 1 : 0;
  window.latency.add(record.latencyUs);
  // A client may give all its requests one id.
  const seed = seedOf(`${record.id} ${record.at} ${record.latencyUs}`);
  if (fault !== 'client') {
    addInput(window, record, profile, seed);
  }
  const answer = record.status < 300 ? wholeText(record.response, record.responseEncoding, record.responseBytes) : undefined;
  const predictions = answer === undefined ? undefined : readPredictions(answer);
  if (predictions !== undefined && predictions.length > 0) {
    window.prediction ??= emptyColumn(profile.prediction?.kind ?? guessKind(predictions), profile.predictionGrid);
    for (const [row, prediction] of predictions.entries()) {
      addValue(window.prediction, prediction, rankOf(seed, row));
    }
  }
}

function addInput(window: WindowStatistics, record: InferenceRecord, profile: ReleaseProfile, seed: number): void {
  const rows = wholeText(record.request, record.requestEncoding, record.requestBytes);
  const read = rows === undefined ? undefined : readRows(rows, record.contentType, profile.inputs);
  if (read === undefined) {
    window.unreadBodies += 1;
    window.rows += record.rows ?? 0;
  } else {
    window.rows += read.count;
    addRows(window, read, profile, seed);
  }
}

/** A body that the log holds whole and as text. */
function wholeText(text: string | undefined, encoding: 'base64' | undefined, bytes: number): string | undefined {
  return text === undefined || encoding !== undefined || Buffer.byteLength(text) < bytes ? undefined : text;
}

function addRows(window: WindowStatistics, rows: Rows, profile: ReleaseProfile, seed: number): void {
  const specs = profile.inputs.length > 0 ? profile.inputs : unsignedColumns(rows);
  for (const spec of specs) {
    const { name, kind } = spec;
    let column = window.features.get(name);
    if (column === undefined) {
      column = emptyColumn(kind, profile.grids.get(name));
      window.features.set(name, column);
    }
    const values = rows.columns.get(name);
    if (values === undefined) {
      column.missing += rows.count * (valuesPerRow(spec) ?? 1);
    } else {
      for (const [position, value] of values.entries()) {
        addValue(column, value, rankOf(seed, position));
      }
    }
  }
}

function unsignedColumns(rows: Rows): Pick<ColumnSpec, 'name' | 'kind' | 'shape'>[] {
  return [...rows.columns].slice(0, mostUnsignedColumns).map(([name, values]) => ({ name, kind: guessKind(values) }));
}

function guessKind(values: readonly unknown[]): ColumnKind {
  const present = values.find((value) => value !== null && value !== undefined);
  return typeof present === 'number' || (typeof present === 'string' && asNumber(present) !== undefined) ? 'numeric' : 'categorical';
}
