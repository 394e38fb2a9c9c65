import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';

/** A client that went away before the answer, after nginx's 499. */
export const clientGoneStatus = 499;

/** One line of the inference log: one request to an endpoint's prediction path, whatever became of it. */
export const inferenceRecord = z.object({
  v: z.literal(1),
  /** Request id. */
  id: z.string(),
  /** When the request arrived, in epoch milliseconds. */
  at: z.number(),
  /** Digest of the release that answered or failed; null when none had a replica. */
  release: z.string().nullable(),
  /** Number of the model version; null when no release had a replica. */
  version: z.number().nullable(),
  replica: z.string().nullable(),
  /** The request asked for the release by `x-slipway-release`: it is no part of the shares. */
  named: z.literal(true).optional(),
  /** Path at the replica, without the query. */
  path: z.string(),
  method: z.string(),
  /** Status that the client got; {@link clientGoneStatus} when it left before. */
  status: z.number().int(),
  /** The model raised on input that its signature accepts; MLflow's status for it is 400. */
  modelError: z.literal(true).optional(),
  /** Rows of the request, where the replica has read them. */
  rows: z.number().int().nonnegative().optional(),
  /** Of each row the probability by which the release decides: of the second of two classes, of several that of the label. */
  scores: z.array(z.number()).optional(),
  /** Arrival of the head to the end of the answer at the gateway, in microseconds. */
  latencyUs: z.number().nonnegative(),
  requestBytes: z.number().nonnegative(),
  responseBytes: z.number().nonnegative(),
  /** Content type of the request. */
  contentType: z.string(),
  /** Text, or base64 when {@link requestEncoding} says so. */
  request: z.string().optional(),
  requestEncoding: z.literal('base64').optional(),
  response: z.string().optional(),
  responseEncoding: z.literal('base64').optional(),
  /** A body was cut. */
  truncated: z.boolean(),
  /** The bodies are in the sample that is kept; others leave the log once their statistics are taken. */
  sampled: z.boolean(),
});
export type InferenceRecord = z.infer<typeof inferenceRecord>;

/** What became of a request: the status, and what the replica says of it in headers. */
export type Result = Pick<InferenceRecord, 'status' | 'modelError' | 'rows' | 'scores'>;

/** The result that a replica's answer tells. */
export function resultOf(status: number, headers: IncomingHttpHeaders): Result {
  const { 'x-slipway-rows': rows, 'x-slipway-scores': scores } = headers;
  return {
    status,
    ...(headers['x-slipway-outcome'] === 'model-error' ? { modelError: true as const } : {}),
    ...(typeof scores === 'string' && /^[\d.e,+-]{1,8192}$/.test(scores) ? { scores: scores.split(',').map(Number).filter(Number.isFinite) } : {}),
    ...(typeof rows === 'string' && /^\d{1,12}$/.test(rows) ? { rows: Number(rows) } : {}),
  };
}

/** Who caused that a request has no prediction: the client, or the server with its model; undefined for one that has. */
export function faultOf({ status, modelError }: Result): 'client' | 'server' | undefined {
  if (status >= 500 || modelError === true) {
    return 'server';
  }
  return status >= 400 ? 'client' : undefined;
}

/** MLflow and SageMaker, Vertex AI, Azure ML, Open Inference Protocol v2. */
const predictionPath = /^\/(?:invocations|predict|score|v2\/models\/[^/]+(?:\/versions\/[^/]+)?\/infer)$/;

/** True for the paths below an endpoint whose requests are logged and counted. */
export function isPredictionPath(path: string): boolean {
  return predictionPath.test(path);
}
