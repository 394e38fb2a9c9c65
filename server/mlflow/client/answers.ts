import { z } from 'zod';
import { fromWire } from '../../contract/metricValues.ts';
import type { Metric } from '../../contract/entities.ts';
import { modelIdOf } from './loggedModelId.ts';
import type { CarriedExperiment, CarriedModel, CarriedRegisteredModel, CarriedRun, CarriedVersion } from './carried.ts';

/** MLflow's JSON as a server answers it: what is unset is left out, 64-bit integers are numbers or text. */

const whole = z.coerce.number().default(0);
const text = z.string().default('');
const optional = z.string().optional();
const stage = z.enum(['active', 'deleted']).catch('active');
const entries = z.array(z.object({ key: z.string(), value: text })).default([]);
const double = z.unknown().transform((value, context) => {
  const number = fromWire(value);
  if (number === undefined) {
    context.addIssue('is no number');
    return z.NEVER;
  }
  return number;
});

function toMap(list: z.output<typeof entries>): Map<string, string> {
  return new Map(list.map(({ key, value }) => [key, value]));
}

export const experimentWire = z
  .object({
    experiment_id: z.string(),
    name: z.string(),
    lifecycle_stage: stage,
    creation_time: whole,
    last_update_time: whole,
    tags: entries,
  })
  .transform(
    (wire): CarriedExperiment => ({
      id: wire.experiment_id,
      name: wire.name,
      stage: wire.lifecycle_stage,
      createdAt: wire.creation_time,
      updatedAt: wire.last_update_time,
      tags: toMap(wire.tags),
    }),
  );

const datasetInput = z.object({
  tags: entries,
  dataset: z.object({ name: z.string(), digest: z.string(), source_type: text, source: text, schema: optional, profile: optional }),
});

export const metricWire = z
  .object({ key: z.string(), value: double, timestamp: whole, step: whole })
  .transform(({ key, value, timestamp, step }) => ({ key, value, at: timestamp, step }));

/** A run and the latest point of each of its metrics. */
export const runWire = z
  .object({
    info: z.object({
      run_id: z.string(),
      experiment_id: z.string(),
      run_name: text,
      user_id: text,
      status: z.enum(['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']).catch('RUNNING'),
      start_time: whole,
      end_time: z.coerce.number().optional(),
      artifact_uri: text,
      lifecycle_stage: stage,
    }),
    data: z.object({ metrics: z.array(metricWire).default([]), params: entries, tags: entries }).prefault({}),
    inputs: z.object({ dataset_inputs: z.array(datasetInput).default([]), model_inputs: z.array(z.object({ model_id: z.string() })).default([]) }).prefault({}),
    outputs: z.object({ model_outputs: z.array(z.object({ model_id: z.string(), step: whole })).default([]) }).prefault({}),
  })
  .transform(({ info, data, inputs, outputs }): { run: CarriedRun; metrics: Metric[] } => ({
    run: {
      id: info.run_id,
      experimentId: info.experiment_id,
      name: info.run_name,
      user: info.user_id,
      status: info.status,
      startedAt: info.start_time,
      endedAt: info.end_time,
      stage: info.lifecycle_stage,
      deletedAt: undefined,
      artifactUri: info.artifact_uri,
      params: toMap(data.params),
      tags: toMap(data.tags),
      datasets: inputs.dataset_inputs.map(({ tags, dataset: { source_type: sourceType, schema, profile, ...dataset } }) => ({
        dataset: { ...dataset, sourceType, schema, profile },
        tags: Object.fromEntries(toMap(tags)),
      })),
      models: [
        ...inputs.model_inputs.map(({ model_id: modelId }) => ({ direction: 'input' as const, modelId, step: 0 })),
        ...outputs.model_outputs.map(({ model_id: modelId, step }) => ({ direction: 'output' as const, modelId, step })),
      ],
    },
    metrics: data.metrics,
  }));

export const modelWire = z
  .object({
    info: z.object({
      model_id: z.string(),
      experiment_id: z.string(),
      name: text,
      creation_timestamp_ms: whole,
      last_updated_timestamp_ms: whole,
      artifact_uri: text,
      status: z.enum(['LOGGED_MODEL_PENDING', 'LOGGED_MODEL_READY', 'LOGGED_MODEL_UPLOAD_FAILED']).catch('LOGGED_MODEL_READY'),
      model_type: optional,
      source_run_id: optional,
      status_message: optional,
      tags: entries,
    }),
    data: z
      .object({
        params: entries,
        metrics: z
          .array(z.object({ key: z.string(), value: double, timestamp: whole, step: whole, run_id: text, dataset_name: optional, dataset_digest: optional }))
          .default([]),
      })
      .prefault({}),
  })
  .transform(
    ({ info, data }): CarriedModel => ({
      id: info.model_id,
      experimentId: info.experiment_id,
      name: info.name,
      type: info.model_type === '' ? undefined : info.model_type,
      sourceRunId: info.source_run_id === '' ? undefined : info.source_run_id,
      status: info.status,
      statusMessage: info.status_message,
      stage: 'active',
      artifactUri: info.artifact_uri,
      createdAt: info.creation_timestamp_ms,
      updatedAt: info.last_updated_timestamp_ms,
      params: toMap(data.params),
      tags: toMap(info.tags),
      metrics: data.metrics.map(({ key, value, timestamp, step, run_id: runId, dataset_name: datasetName, dataset_digest: datasetDigest }) => ({
        key,
        value,
        at: timestamp,
        step,
        runId,
        datasetName,
        datasetDigest,
      })),
    }),
  );

const registered = z.object({
  name: z.string(),
  creation_timestamp: whole,
  last_updated_timestamp: whole,
  description: optional,
  tags: entries,
  aliases: z.array(z.object({ alias: z.string(), version: z.coerce.number() })).default([]),
});

/** A registered model without its versions. */
export const registeredModelWire = registered.transform(
  (wire): CarriedRegisteredModel => ({
    name: wire.name,
    description: wire.description === '' ? undefined : wire.description,
    createdAt: wire.creation_timestamp,
    updatedAt: wire.last_updated_timestamp,
    tags: toMap(wire.tags),
    versions: [],
    aliases: new Map(wire.aliases.map(({ alias, version }) => [alias, version])),
  }),
);

export const versionWire = z
  .object({
    version: z.coerce.number(),
    creation_timestamp: whole,
    last_updated_timestamp: whole,
    description: optional,
    user_id: optional,
    current_stage: z.string().default('None'),
    source: text,
    run_id: optional,
    run_link: optional,
    model_id: optional,
    tags: entries,
  })
  .transform(
    (wire): CarriedVersion => ({
      version: wire.version,
      deleted: false,
      stage: wire.current_stage,
      description: wire.description === '' ? undefined : wire.description,
      user: wire.user_id === '' ? undefined : wire.user_id,
      source: wire.source,
      location: wire.source,
      runId: wire.run_id === '' ? undefined : wire.run_id,
      runLink: wire.run_link === '' ? undefined : wire.run_link,
      modelId: (wire.model_id === '' ? undefined : wire.model_id) ?? modelIdOf(wire.source),
      createdAt: wire.creation_timestamp,
      updatedAt: wire.last_updated_timestamp,
      tags: toMap(wire.tags),
    }),
  );

/** An answer that says nothing. */
export const nothing = z.object({});

/** Params and tags as the wire has them. */
export function pairs(entries: ReadonlyMap<string, string>): { key: string; value: string }[] {
  return [...entries].map(([key, value]) => ({ key, value }));
}
