import { describeRehearsal, type Agreement, type RehearsalReport } from '../contract/rehearsal.ts';
import { formatDuration } from '../contract/format/durations.ts';
import { formatShare } from '../contract/format/numbers.ts';
import { plural } from '../contract/format/plural.ts';
import { describeShadow, type ShadowReport } from '../contract/shadow.ts';
import { table } from './output.ts';

function times({ p50, p95, p99 }: NonNullable<RehearsalReport['latency']>['fresh']): string {
  return `p50 ${formatDuration(p50)}, p95 ${formatDuration(p95)}, p99 ${formatDuration(p99)}`;
}

function differences({ slices, right }: Agreement): string[] {
  return [
    ...(right === undefined ? [] : [`of ${plural(right.labels, 'row')} with labels the new release is right in ${right.fresh}, the live one in ${right.live}`]),
    ...slices.map(({ conditions, rows, flipped }) => `flips where ${conditions.join(' and ')}: ${flipped} of ${plural(rows, 'row')} (${formatShare(flipped / rows)})`),
  ];
}

/** A rehearsal as lines: agreement, where rows flip, latency, and what was answered instead of what. */
export function describeReport(report: RehearsalReport): string[] {
  const { latency, matrix, failure } = report;
  return [
    describeRehearsal(report),
    ...(failure === undefined ? [] : [`first failure: ${failure}`]),
    ...differences(report),
    ...(latency === undefined ? [] : [`latency at the replica: ${times(latency.fresh)}; of the live release as recorded at the gateway: ${times(latency.live)}`]),
    ...(matrix.length === 0 ? [] : ['', table(['live', 'new', '>rows'], matrix.map(({ live, fresh, rows }) => [String(live), String(fresh), String(rows)]), '')]),
  ];
}

/** A shadow as lines with their labels: agreement, where rows flip, latency and checks. */
export function describeShadowReport(report: ShadowReport): (readonly [string, string])[] {
  const { percent, latency, failure, checks } = report;
  return [
    ['shadow', `${percent}% of the requests; ${describeShadow(report)}`] as const,
    ...(failure === undefined ? [] : [['', `first failure: ${failure}`] as const]),
    ...differences(report).map((text) => ['', text] as const),
    ...(latency === undefined ? [] : [['', `latency at the replica: ${times(latency.fresh)}; of the same requests at the gateway: ${times(latency.live)}`] as const]),
    ...checks.map(({ label, state, message }) => [label.toLowerCase(), checkText(state, message)] as const),
  ];
}

/** What came of a check, for people. */
export function checkText(state: string, message: string): string {
  return `${state === 'not-evaluated' ? 'not evaluated' : state}: ${message}`;
}
