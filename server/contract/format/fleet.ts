import type { FleetEntry, Standing } from '../fleet.ts';
import { metricFacts, metricIds } from '../performance.ts';
import { lookUp } from '../unknown.ts';
import { minutesText } from './alerts.ts';
import { formatLatency } from './durations.ts';
import { formatNumber, formatShare } from './numbers.ts';
import { plural } from './plural.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const standingWords: Readonly<Record<Standing, string>> = {
  incident: 'Incident',
  waits: 'Waits for you',
  failed: 'Failed',
  degraded: 'Degraded',
  acknowledged: 'Acknowledged',
  drifted: 'Drifted',
  well: 'Well',
  quiet: 'Quiet',
  stopped: 'Stopped',
};

/** Whether somebody should look at an endpoint, by how it stands. */
export function needsSomebody({ standing }: Pick<FleetEntry, 'standing'>): boolean {
  return standing !== 'well' && standing !== 'quiet' && standing !== 'stopped';
}

/** How an endpoint stands in a word or two, also where a newer companion has one that is not known. */
export function standingWord({ standing }: Pick<FleetEntry, 'standing'>): string {
  return lookUp(standingWords, standing) ?? standing;
}

/** For how long, in one unit: `6 days`, `3 h`, `12 min`. */
export function forHowLong(milliseconds: number): string {
  if (milliseconds >= 2 * day) {
    return plural(Math.floor(milliseconds / day), 'day');
  }
  return milliseconds >= 2 * hour ? `${Math.floor(milliseconds / hour)} h` : milliseconds >= minute ? `${Math.floor(milliseconds / minute)} min` : 'less than a minute';
}

/** How an endpoint stands and since when, as a sentence: `Well for 6 days.` */
export function standingSentence({ standing, since, words, traffic }: Pick<FleetEntry, 'standing' | 'since' | 'words' | 'traffic'>, now: number): string {
  const forSome = since === null ? '' : ` for ${forHowLong(Math.max(0, now - since))}`;
  switch (standing) {
    case 'well':
      return `Well${forSome}.`;
    case 'quiet':
      return traffic.lastAt === null ? words : `No request${forSome}: nothing says how it does.`;
    case 'waits':
      return [`Waits for you${since === null ? '' : ` (${forHowLong(Math.max(0, now - since))})`}.`, words].join(' ');
    default:
      return [`${standingWord({ standing })}${forSome}.`, words].filter((part) => part !== '').join(' ');
  }
}

/** Fewer requests say nothing of a p99 or of errors. */
const enoughRequests = 100;
const notableLatency = 0.1;
const notableErrors = 0.01;

/** What the live release changed of latency and errors, as a sentence; undefined where nothing was live before, or too few requests say something. */
export function changeSentence({ change, liveVersion, liveSince }: Pick<FleetEntry, 'change' | 'liveVersion' | 'liveSince'>, now: number): string | undefined {
  if (change === null || liveVersion === null || liveSince === null || change.before.p99 === null || change.after.p99 === null) {
    return undefined;
  }
  const { before, after } = change;
  if (before.requests < enoughRequests || after.requests < enoughRequests) {
    return undefined;
  }
  const ratio = change.after.p99 / change.before.p99 - 1;
  const latency = Math.abs(ratio) < notableLatency ? [] : [`p99 is ${ratio > 0 ? 'up' : 'down'} ${formatShare(Math.abs(Number(ratio.toPrecision(2))))} (${formatLatency(change.before.p99)} → ${formatLatency(change.after.p99)})`];
  const [errorsBefore, errorsAfter] = [before.serverErrors / before.requests, after.serverErrors / after.requests];
  const errors = Math.abs(errorsAfter - errorsBefore) < notableErrors ? [] : [`errors went from ${formatShare(errorsBefore)} to ${formatShare(errorsAfter)}`];
  const what = [...latency, ...errors];
  return `Since v${liveVersion}, ${forHowLong(Math.max(0, now - liveSince))} ago, ${what.length === 0 ? 'p99 and errors are as before' : what.join(' and ')}.`;
}

/** What that sentence rests on. */
export function changeCovers({ change }: Pick<FleetEntry, 'change'>): string | undefined {
  return change === null ? undefined : `${plural(change.after.requests, 'request')} of its first ${forHowLong(change.after.to - change.after.from)}, beside ${formatNumber(change.before.requests)} of the last day of the release before`;
}

/** `moved`, `as before`, or that it was not evaluated. */
export function driftWord({ drift }: Pick<FleetEntry, 'drift'>): string {
  switch (drift?.kind) {
    case undefined:
      return '–';
    case 'nothing-moved':
      return 'none';
    case 'inputs-moved':
      return 'inputs';
    case 'predictions-moved':
      return 'predictions';
    case 'both-moved':
      return 'both';
    case 'not-evaluated':
      return 'not evaluated';
    default:
      return drift?.kind ?? '–';
  }
}

/** `AUC 0.91`. */
export function performanceText({ performance }: Pick<FleetEntry, 'performance'>): string {
  const { figure } = performance ?? {};
  if (figure === undefined || figure === null || figure.value === null) {
    return '–';
  }
  const id = metricIds.find((each) => each === figure.metric);
  const facts = id === undefined ? undefined : metricFacts[id];
  return `${facts?.label ?? figure.metric} ${facts?.isShare === true ? formatShare(figure.value) : formatNumber(figure.value, 3)}`;
}

/** What a performance covers. */
export function performanceCovers({ performance }: Pick<FleetEntry, 'performance'>): string | undefined {
  return performance === null ? undefined : `${plural(performance.labelled, 'labelled prediction')} of the last ${minutesText(performance.windowMinutes)}`;
}
