import type SqliteDatabase from 'better-sqlite3';
import { z } from 'zod';

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

const pair = z.object({ key: z.string(), value: required });

/** Reads rows of a database of MLflow and checks what they hold. */
export interface Queries {
  readonly rows: <S extends z.ZodType>(schema: S, sql: string, ...values: (string | number)[]) => z.output<S>[];
  /** Rows with the columns `key` and `value`. */
  readonly entries: (sql: string, ...values: (string | number)[]) => Map<string, string>;
}

export function createQueries(database: SqliteDatabase.Database): Queries {
  const rows: Queries['rows'] = (schema, sql, ...values) =>
    database.prepare<(string | number)[]>(sql).all(...values).map((row) => schema.parse(row));
  return { rows, entries: (sql, ...values) => new Map(rows(pair, sql, ...values).map(({ key, value }) => [key, value])) };
}
