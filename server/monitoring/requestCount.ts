import { recordsFromEnd } from './logRecords.ts';
import type { CountInput } from './windows/ingestMessages.ts';

const searchedBytes = 64 * 1024 * 1024;

/** How many requests of an endpoint the log has since a time; of a very busy endpoint those in its last 64 MB. */
export async function requestCount(root: string, { endpoint, since }: CountInput): Promise<number> {
  let count = 0;
  for await (const { at } of recordsFromEnd(root, endpoint, { since, bytes: searchedBytes })) {
    count += at >= since ? 1 : 0;
  }
  return count;
}
