import path from 'node:path';
import type { LoggedRequest } from '../contract/monitoring.ts';
import { inferenceRecord, type InferenceRecord } from '../gateway/inferenceRecord.ts';
import { listSegments } from '../gateway/segments.ts';
import { linesFromEnd } from './linesFromEnd.ts';

/** Bodies are shown up to so many characters. */
const shownCharacters = 16 * 1024;
/** How far back the log is searched. */
const searchedBytes = 128 * 1024 * 1024;

/** The latest requests of an endpoint, the newest first. Bodies that are not in the kept sample are left out. */
export async function latestRequests(root: string, endpoint: string, limit: number, errorsOnly: boolean): Promise<LoggedRequest[]> {
  const found: LoggedRequest[] = [];
  let searched = 0;
  for (const { file } of (await listSegments(path.join(root, endpoint))).reverse()) {
    for await (const line of linesFromEnd(file)) {
      searched += line.length;
      const request = describe(line);
      if (request !== undefined && (!errorsOnly || request.status >= 400)) {
        found.push(request);
      }
      if (found.length >= limit || searched > searchedBytes) {
        return sorted(found);
      }
    }
  }
  return sorted(found);
}

function sorted(requests: LoggedRequest[]): LoggedRequest[] {
  return requests.sort((a, b) => b.at - a.at);
}

function describe(line: string): LoggedRequest | undefined {
  let document: unknown;
  try {
    document = JSON.parse(line);
  } catch {
    return undefined;
  }
  const record = inferenceRecord.safeParse(document).data;
  return record === undefined ? undefined : toLoggedRequest(record);
}

/** A line of the log as it is shown: without what is not in the kept sample, and without what is too long. */
export function toLoggedRequest(record: InferenceRecord): LoggedRequest {
  const { sampled } = record;
  const request = sampled ? (record.request ?? '') : '';
  const response = sampled ? (record.response ?? '') : '';
  return {
    requestId: record.id,
    at: record.at,
    ...(record.release === null ? {} : { release: record.release }),
    status: record.status,
    ...(record.modelError === true ? { modelError: true } : {}),
    latencyMs: record.latencyUs / 1000,
    request: request.slice(0, shownCharacters),
    response: response.slice(0, shownCharacters),
    truncated: record.truncated || !sampled || request.length > shownCharacters || response.length > shownCharacters,
  };
}
