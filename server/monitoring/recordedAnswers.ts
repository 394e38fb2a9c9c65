import { readPredictions } from './bodies.ts';
import { recordsFromEnd } from './logRecords.ts';
import type { AnswersInput } from './windows/ingestMessages.ts';

type AnswerValue = string | number | boolean;

const searchedBytes = 64 * 1024 * 1024;
/** So many rows of each release are enough for any comparison. */
const mostRows = 2000;
/** Rows of one request are alike: more of them say nothing more. */
const rowsOfRequest = 10;

/** What each of some releases has answered since a time, from the latest requests: one list of predictions a release, in the order asked for. */
export async function recordedAnswers(root: string, { endpoint, releases, since }: AnswersInput): Promise<AnswerValue[][]> {
  const found = new Map(releases.map((release) => [release, [] as AnswerValue[]]));
  for await (const { release, status, sampled, truncated, response, responseEncoding, named } of recordsFromEnd(root, endpoint, { since, bytes: searchedBytes })) {
    // What names its release is no sample of the traffic.
    const values = release === null || named === true || status >= 300 || !sampled || truncated ? undefined : found.get(release);
    if (values !== undefined && values.length < mostRows && response !== undefined && responseEncoding === undefined) {
      values.push(...answerValues(response).slice(0, rowsOfRequest));
    }
    if ([...found.values()].every(({ length }) => length >= mostRows)) {
      break;
    }
  }
  return [...found.values()];
}

/** The predictions of an answer that are single values. */
function answerValues(text: string): AnswerValue[] {
  return (readPredictions(text) ?? []).filter((value): value is AnswerValue => typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)));
}
