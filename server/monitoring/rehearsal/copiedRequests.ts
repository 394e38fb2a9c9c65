import { recordsFromEnd } from '../logRecords.ts';
import type { CopiesInput } from '../windows/ingestMessages.ts';
import type { AnsweredTwice } from './compareAnswers.ts';

const searchedBytes = 64 * 1024 * 1024;
/** A copy is of a request that has ended; one that took long began earlier. */
const longestRequest = 3_600_000;

/** Requests of which a shadow has answered copies, with both answers: those that the log has whole, the earliest first. */
export async function copiedRequests(root: string, { endpoint, release, since, answers }: CopiesInput): Promise<AnsweredTwice[]> {
  const open = new Map(answers.map(({ id, response }) => [id, response]));
  const found: AnsweredTwice[] = [];
  for await (const record of recordsFromEnd(root, endpoint, { since: since - longestRequest, bytes: searchedBytes })) {
    if (open.size === 0) {
      break;
    }
    const { id, contentType, request, response } = record;
    const fresh = open.get(id);
    const whole = record.sampled && !record.truncated && record.requestEncoding === undefined && record.responseEncoding === undefined;
    if (fresh !== undefined && record.release === release && whole && request !== undefined && response !== undefined) {
      open.delete(id);
      found.push({ id, contentType, request, live: response, fresh });
    }
  }
  return found.reverse();
}
