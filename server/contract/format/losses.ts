import { plural } from './plural.ts';
import { formatSpan, formatTime } from './times.ts';

/** Requests that were answered and are not in the inference log. */
interface Lost {
  readonly requests: number;
  /** Arrival of the first and of the last, in epoch milliseconds. */
  readonly from: number;
  readonly to: number;
}

/** How many, and when; begins with the number and has no full stop. */
export function describeLost({ requests, from, to }: Lost): string {
  return `${plural(requests, 'request')} ${formatSpan(from, to)} ${requests === 1 ? 'was answered and is' : 'were answered and are'} not in the log`;
}

/**
 * What an inference log has lost, as sentences.
 * @param open the disk still takes nothing
 * @param failure why, for people
 */
export function describeLoss({ open, failure, ...lost }: Lost & { readonly open: boolean; readonly failure: string }): string {
  if (!open) {
    return `${describeLost(lost)} (${failure}).`;
  }
  return `Requests are answered and not logged since ${formatTime(lost.from)}, ${plural(lost.requests, 'so far', 'so far')}: ${failure}. ${remedyOf(failure)}`;
}

/** What ends a loss, as a sentence. */
export function remedyOf(failure: string): string {
  return failure === 'the disk is full' ? 'Free some space; logging goes on by itself.' : 'Logging goes on by itself when the disk takes it.';
}
