import colors from 'picocolors';
import { poll } from '../platform/time/poll.ts';
import type { CompanionClient } from '../client/companionClient.ts';
import { describeNeed, isUnderWay, type Rollout, type RolloutSummary, type TrafficCount } from '../contract/deployments.ts';
import { formatDuration } from '../contract/format/durations.ts';
import { plural } from '../contract/format/plural.ts';
import { nextDecision } from '../contract/nextDecision.ts';
import { checkText } from './agreementReport.ts';
import { exitCodes } from './exitCodes.ts';
import type { Output } from './output.ts';

const pollMilliseconds = 150;

export interface WatchOptions {
  /** Return when the rollout waits for somebody to promote it. One that only waits for more requests goes on by itself. */
  readonly returnWhenHeld?: boolean;
  readonly signal?: AbortSignal;
}

/** Shows a rollout's journal as it grows, until the rollout has ended (or holds). */
export async function watchRollout(client: CompanionClient, started: Rollout, output: Output, options: WatchOptions = {}): Promise<Rollout> {
  let shown = 0;
  const look = async (): Promise<Rollout | undefined> => {
    const rollout = await client.call('getRollout', { id: started.id }, options.signal);
    const width = Math.max(...rollout.steps.map(({ label }) => label.length));
    for (const { label, event, message } of rollout.journal.slice(shown)) {
      output.progress(`${label.padEnd(width)} ${event === 'finished' ? '✓' : event === 'failed' ? '✗' : '·'} ${shorten(message)}`);
    }
    shown = rollout.journal.length;
    const goesOn = rollout.state === 'running' || (rollout.state === 'held' && !(options.returnWhenHeld === true && waitsForSomebody(rollout)));
    return goesOn ? undefined : rollout;
  };
  return poll(look, { every: pollMilliseconds });
}

/** Whether a held rollout needs somebody and nothing else: too few requests for a verdict need only time. */
function waitsForSomebody({ needs }: Rollout): boolean {
  return needs.length > 0 && needs.every(({ kind }) => kind !== 'requests');
}

/** Waits for a rollout; Ctrl-C cancels it and the old release stays. */
export async function followRollout(client: CompanionClient, rollout: Rollout, output: Output): Promise<Rollout> {
  const cancel = (): void => {
    output.progress('Cancelling; the old release stays.');
    client.call('cancelRollout', { name: rollout.endpoint }).catch((error: unknown) => {
      // It has switched or ended meanwhile; the journal shows what becomes of it.
      output.progress(error instanceof Error ? error.message : String(error));
    });
  };
  process.once('SIGINT', cancel);
  try {
    return await watchRollout(client, rollout, output, { returnWhenHeld: true });
  } finally {
    process.off('SIGINT', cancel);
  }
}

const widestProgress = 120;

function shorten(message: string): string {
  const [line = ''] = message.split('\n');
  return line.length <= widestProgress ? line : `${line.slice(0, widestProgress - 3)}...`;
}

/** A rollout that failed because its target does not answer could not be tried; others were tried and failed. */
export async function exitCodeOfRollout(client: CompanionClient, { state, target }: Rollout): Promise<number> {
  switch (state) {
    case 'failed': {
      const { targets } = await client.call('listTargets', {});
      return targets.some(({ kind, available }) => kind === target && !available) ? exitCodes.unavailable : exitCodes.failed;
    }
    case 'cancelled':
      return exitCodes.cancelled;
    default:
      return exitCodes.success;
  }
}

function countText({ modelVersion, requests, errors, refused, latency }: TrafficCount): string {
  const times = latency === undefined ? [] : [`p50 ${formatDuration(latency.p50)}, p95 ${formatDuration(latency.p95)}, p99 ${formatDuration(latency.p99)}`];
  return [`version ${modelVersion}: ${plural(requests, 'request')}`, `${errors} failed`, `${refused} refused`, ...times].join(', ');
}

/** A rollout's new release beside the live one, the checks, and what is decided next, as lines with their labels. @param now epoch milliseconds */
export function describeComparison(rollout: RolloutSummary, now: number): (readonly [string, string])[] {
  const { comparison, watchedUntil = 0, automatic, reason } = rollout;
  const next = isUnderWay(rollout) ? nextDecision(rollout, now) : undefined;
  return [
    ...(automatic ? [['went back', `by itself. ${reason}`] as const] : []),
    ...(next === undefined ? [] : [['next', next] as const]),
    ...(watchedUntil > now ? [['watched', `for another ${formatDuration(watchedUntil - now)}: goes back by itself when requests fail`] as const] : []),
    ...(comparison === undefined || comparison.checks.length === 0
      ? []
      : [
          ['new', countText(comparison.fresh)] as const,
          ['live', countText(comparison.live)] as const,
          ...comparison.checks.map(({ label, state, message }) => [label.toLowerCase(), checkText(state, message)] as const),
        ]),
  ];
}

export function describeRollout(rollout: Rollout): string {
  const colour = rollout.state === 'succeeded' ? colors.green : rollout.state === 'failed' ? colors.red : colors.yellow;
  const needs = rollout.needs.map((need) => `\n  waits for ${describeNeed(need)}`);
  return `${colour(rollout.state)} ${rollout.message}${needs.join('')}`;
}
