import type SqliteDatabase from 'better-sqlite3';
import { z } from 'zod';
import { formatBytes } from '../../contract/format/bytes.ts';
import { notUnderstood, type PassOver } from '../../mlflow/client/passedOver.ts';

const stage = z.enum(['active', 'deleted']).catch('active');
export const text = z.string().nullish().transform((value) => value ?? undefined);
const required = z.string().nullish().transform((value) => value ?? '');
export const whole = z.number().nullish().transform((value) => value ?? 0);
export const experimentRow = z.object({ experiment_id: z.number(), name: z.string(), lifecycle_stage: stage, creation_time: whole, last_update_time: whole });
export const runRow = z.object({
  run_uuid: z.string(),
  name: required,
  user_id: required,
  status: z.enum(['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']).catch('RUNNING'),
  start_time: whole,
  end_time: z.number().nullish().transform((value) => value ?? undefined),
  lifecycle_stage: stage,
  deleted_time: z.number().nullish().transform((value) => value ?? undefined),
  artifact_uri: required,
  experiment_id: z.number(),
});
export const modelRow = z.object({
  model_id: z.string(),
  experiment_id: z.number(),
  name: z.string(),
  artifact_location: z.string(),
  creation_timestamp_ms: z.number(),
  last_updated_timestamp_ms: z.number(),
  status: z.number(),
  lifecycle_stage: stage,
  model_type: text,
  source_run_id: text,
  status_message: text,
});
export const registeredRow = z.object({ name: z.string(), creation_time: whole, last_updated_time: whole, description: text });
export const versionRow = z.object({
  version: z.number(),
  creation_time: whole,
  last_updated_time: whole,
  description: text,
  user_id: text,
  current_stage: z.string().nullish().transform((value) => value ?? 'None'),
  source: required,
  run_id: text,
  run_link: text,
  storage_location: text,
});

const pair = z.object({ key: z.string(), value: required, bytes: whole });

/** Far above what MLflow takes as a param or tag. */
const mostOfEntry = 1 << 20;

/** Reads rows of a database of MLflow and checks what they hold; a row that cannot be understood is told and left out. */
export interface Queries {
  readonly rows: <S extends z.ZodType>(schema: S, sql: string, ...values: (string | number)[]) => z.output<S>[];
  /** Rows with the columns `key` and `value`, a long value left out. */
  readonly entries: (sql: string, ...values: (string | number)[]) => Map<string, string>;
}

/** The first texts of a row, which say which one it is. */
function nameOfRow(row: unknown): string {
  return Object.values(z.record(z.string(), z.unknown()).catch({}).parse(row))
    .filter((value) => typeof value === 'string' || typeof value === 'number')
    .slice(0, 2)
    .map((value) => String(value).slice(0, 100))
    .join(' ');
}

export function createQueries(database: SqliteDatabase.Database, passOver: PassOver): Queries {
  const rows: Queries['rows'] = (schema, sql, ...values) =>
    database
      .prepare<(string | number)[]>(sql)
      .all(...values)
      .flatMap((row) => {
        const parsed = schema.safeParse(row);
        if (!parsed.success) {
          passOver('row', nameOfRow(row), notUnderstood(parsed.error));
          return [];
        }
        return [parsed.data];
      });
  const entries: Queries['entries'] = (sql, ...values) => {
    const bounded = `SELECT key, CASE WHEN octet_length(value) <= ${mostOfEntry} THEN value END AS value, octet_length(value) AS bytes FROM (${sql})`;
    const found = rows(pair, bounded, ...values).filter(({ key, bytes }) => {
      if (bytes > mostOfEntry) {
        passOver('value', `${values.join(' ')} ${key}`, `it holds ${formatBytes(bytes)}; at most ${formatBytes(mostOfEntry)} are read of such a value`);
      }
      return bytes <= mostOfEntry;
    });
    return new Map(found.map(({ key, value }) => [key, value]));
  };
  return { rows, entries };
}
