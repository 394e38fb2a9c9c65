import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Release } from '../contract/releases.ts';
import { canonicalJson } from '../platform/canonicalJson.ts';
import { systemErrorCode } from '../platform/errors.ts';

/** A recorded request and, once a replica gave it, its recorded answer. */
export interface RecordedExample {
  readonly request: unknown;
  readonly response?: unknown;
  /** Given where the answer is the one that the process which registered the model saw. */
  readonly registered?: Dtype;
}

/** Type of the predictions as numpy names it, or of each column; empty where there is none. */
export type Dtype = string | Readonly<Record<string, string>>;

const registeredAnswer = z.object({ predictions: z.unknown(), dtype: z.union([z.string(), z.record(z.string(), z.string())]).default('') });

/** What the notebook's own process answered for the example, beside MLflow's request in the model's folder (`slipway.register`); undefined where it was not recorded. */
export async function readRegisteredAnswer(folder: string): Promise<{ readonly response: unknown; readonly dtype: Dtype } | undefined> {
  try {
    const read = registeredAnswer.safeParse(JSON.parse(await readFile(path.join(folder, 'model', 'serving_output_example.json'), 'utf8')));
    return read.success ? { response: { predictions: read.data.predictions }, dtype: read.data.dtype } : undefined;
  } catch (error) {
    // A file of that name that somebody else wrote.
    if (error instanceof SyntaxError || systemErrorCode(error) === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

/** The request in the `example.json` of a release folder; undefined where the model has none. */
export async function readRecordedRequest(folder: string): Promise<{ readonly body: unknown } | undefined> {
  try {
    const recorded: unknown = JSON.parse(await readFile(path.join(folder, 'example.json'), 'utf8'));
    return typeof recorded === 'object' && recorded !== null && 'request' in recorded ? { body: recorded.request } : undefined;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

/** What gives an answer that stays the same: the model, and what its release answers and decides with it. */
export function answererOf({ model, serving: { method, threshold, costs, before, after } }: Pick<Release, 'model' | 'serving'>): string {
  if ([method, threshold, costs, before, after].every((setting) => setting === undefined)) {
    return model.digest;
  }
  return createHash('sha256').update(canonicalJson({ model: model.digest, method, threshold, costs, before, after })).digest('hex');
}
