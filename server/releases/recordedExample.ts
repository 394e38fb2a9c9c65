import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Release } from '../contract/releases.ts';
import { canonicalJson } from '../platform/canonicalJson.ts';
import { systemErrorCode } from '../platform/errors.ts';

/** A recorded request and, once a replica gave it, its recorded answer. */
export interface RecordedExample {
  readonly request: unknown;
  readonly response?: unknown;
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
