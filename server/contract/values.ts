import { z } from 'zod';

/** A sha256 in lower-case hex. */
export const digest = z.string().regex(/^[0-9a-f]{64}$/, 'must be a sha256 in hex');

/** Epoch milliseconds. */
export const timestamp = z.number().int().nonnegative();

/** A double that survives JSON: NaN and the infinities travel by name, as in MLflow's wire. */
export const metricValue = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]);
export type MetricValue = z.infer<typeof metricValue>;

/** A double as MLflow's database keeps it, which has no infinities: the greatest one in their place (`sanitize_metric_value` in mlflow/store/tracking/sqlalchemy_store.py). NaN stays. */
export function withoutInfinity(value: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
}

/** Whether a double is infinite, or the greatest there is: MLflow's database keeps that one in the place of an infinity. */
export function standsForInfinity(value: number): boolean {
  return Math.abs(value) >= Number.MAX_VALUE;
}

/** Names that become a part of a URL: letters, digits, dash and underscore, at most 63. */
export const endpointName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$/, 'use 1 to 63 lower-case letters, digits, dashes or underscores, and begin and end with a letter or digit');

/** A query parameter that arrives as text or, inside a process, as a number. */
export const count = z.coerce.number().int().positive();

/** `true` and `false` of a query string. */
export const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);

export const tags = z.record(z.string(), z.string());

export const empty = z.object({});

/** True for an object that is no array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
