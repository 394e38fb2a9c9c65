import { z } from 'zod';

/** By the numbers of MLflow's enumeration. */
export const runStatuses = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] as const;

const stage = z.enum(['active', 'deleted']).catch('active');
const whole = z.coerce.number().nullish().transform((value) => value ?? 0);
const text = z.coerce.string().nullish().transform((value) => value ?? '');
const optional = z.coerce.string().nullish().transform((value) => (value === null || value === '' ? undefined : value));
const moment = z.number().nullish().transform((value) => value ?? undefined);
export const experimentMeta = z.object({ name: z.coerce.string(), lifecycle_stage: stage, creation_time: whole, last_update_time: whole });
export const runMeta = z.object({
  run_name: text,
  user_id: text,
  status: z.number().catch(1),
  start_time: whole,
  end_time: moment,
  deleted_time: moment,
  lifecycle_stage: stage,
  artifact_uri: text,
});
export const modelMeta = z.object({
  name: text,
  artifact_location: text,
  creation_timestamp: whole,
  last_updated_timestamp: whole,
  lifecycle_stage: stage,
  model_type: optional,
  source_run_id: optional,
  status: z.number().catch(2),
  status_message: optional,
});
export const linkMeta = z.object({ source_type: z.string(), source_id: z.string(), tags: z.record(z.string(), z.coerce.string()).catch({}), step: whole });
export const datasetMeta = z.object({ name: z.coerce.string(), digest: z.coerce.string(), source_type: text, source: text, schema: optional, profile: optional });
export const registeredMeta = z.object({ name: z.coerce.string(), creation_timestamp: whole, last_updated_timestamp: whole, description: optional });
export const versionMeta = z.object({
  version: z.coerce.number(),
  creation_timestamp: whole,
  last_updated_timestamp: whole,
  current_stage: z.string().nullish().transform((value) => value ?? 'None'),
  description: optional,
  user_id: optional,
  source: text,
  run_id: optional,
  run_link: optional,
  model_id: optional,
  storage_location: text,
});
