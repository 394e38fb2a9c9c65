import { unitHash } from '../../platform/hash.ts';
import { recordsFromEnd } from '../logRecords.ts';
import type { RecordedInput } from '../windows/ingestMessages.ts';

/** A request that a release has answered, whole, with its answer. */
export interface RecordedRequest {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly path: string;
  readonly contentType: string;
  readonly request: string;
  readonly response: string;
  /** Microseconds at the gateway. */
  readonly latencyUs: number;
}

const searchedBytes = 128 * 1024 * 1024;
/** Bodies that are larger say no more about agreement, and a few of them would fill the memory. */
const largestBody = 256 * 1024;
const mostBytes = 16 * 1024 * 1024;

/**
 * Requests that a release has answered, from the latest part of the log: those whose ids have the smallest hashes, so that a rehearsal
 * that is repeated asks for the same ones. The earliest first.
 */
export async function recordedRequests(root: string, { endpoint, release, limit }: RecordedInput): Promise<RecordedRequest[]> {
  let kept: { readonly rank: number; readonly recorded: RecordedRequest }[] = [];
  const prune = (most: number): void => {
    kept = kept.sort((a, b) => a.rank - b.rank).slice(0, most);
  };
  for await (const record of recordsFromEnd(root, endpoint, { since: 0, bytes: searchedBytes })) {
    const { id, at, path, contentType, request, response, latencyUs } = record;
    const whole = record.sampled && !record.truncated && record.requestEncoding === undefined && record.responseEncoding === undefined;
    if (record.release !== release || record.status >= 300 || record.method !== 'POST' || !whole || request === undefined || response === undefined || request.length > largestBody) {
      continue;
    }
    kept.push({ rank: unitHash(id), recorded: { id, at, path, contentType, request, response, latencyUs } });
    if (kept.length >= 4 * limit) {
      prune(limit);
    }
  }
  prune(limit);
  let bytes = 0;
  return kept
    .filter(({ recorded: { request, response } }) => (bytes += request.length + response.length) <= mostBytes)
    .map(({ recorded }) => recorded)
    .sort((a, b) => a.at - b.at);
}
