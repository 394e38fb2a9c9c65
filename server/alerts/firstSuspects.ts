import type { FirstSuspects, Incident } from '../contract/alerts.ts';
import type { LiveSpan } from '../contract/deployments.ts';
import { describeChance } from '../contract/format/drift.ts';
import { formatDuration } from '../contract/format/durations.ts';
import { formatNumber } from '../contract/format/numbers.ts';
import { plural } from '../contract/format/plural.ts';
import { formatTime } from '../contract/format/times.ts';
import type { Monitoring } from '../contract/monitoring.ts';
import { messageOf } from '../platform/errors.ts';

type Found = FirstSuspects['found'][number];

/** So many are named of each kind. */
const named = 10;

export interface SuspectSources {
  /** When which release was live at an endpoint, the latest first. */
  spans(endpoint: string): readonly LiveSpan[];
  /** What a span says of the inputs and predictions of a release; reads in a thread. */
  seen(endpoint: string, from: number, to: number, release: string): Promise<Pick<Monitoring, 'features' | 'verdict'>>;
}

/**
 * What an incident may come from, by what was live and what came in before it began: the same whenever it is asked for, as long as the windows of then are kept.
 * @param windowMinutes of traffic that is looked at
 * @returns null where nothing was live
 */
export async function firstSuspects(sources: SuspectSources, { endpoint, openedAt }: Pick<Incident, 'endpoint' | 'openedAt'>, windowMinutes: number): Promise<FirstSuspects | null> {
  const spans = sources.spans(endpoint).filter(({ liveFrom }) => liveFrom <= openedAt);
  const [live] = spans;
  if (live === undefined) {
    return null;
  }
  const span = { from: openedAt - windowMinutes * 60_000, to: openedAt };
  const before = spans.find(({ release }) => release !== live.release);
  const release = live.liveFrom >= span.from ? [ofRelease(live, before, openedAt)] : [];
  try {
    const { features, verdict } = await sources.seen(endpoint, span.from, span.to, live.release);
    const moved = movedOf(verdict);
    const data = dataOf(features);
    const all = [...release, ...moved.slice(0, named), ...data.slice(0, named)];
    const said = moved.some(({ kind }) => kind === 'feature') ? undefined : verdict?.sentence;
    return { ...span, found: all, more: release.length + moved.length + data.length - all.length, ...(said === undefined ? {} : { verdict: said }) };
  } catch (error) {
    return { ...span, found: release, more: 0, verdict: `Not evaluated: ${messageOf(error)}` };
  }
}

function ofRelease({ modelVersion, liveFrom }: LiveSpan, before: LiveSpan | undefined, openedAt: number): Found {
  const instead = before === undefined ? 'the first release' : `in place of version ${before.modelVersion}`;
  return { kind: 'release', name: '', text: `version ${modelVersion} went live ${formatDuration(openedAt - liveFrom)} before (${formatTime(liveFrom)}), ${instead}` };
}

function movedOf(verdict: Monitoring['verdict']): Found[] {
  return [...(verdict?.suspects ?? [])]
    .sort((a, b) => b.distance - a.distance)
    .map(({ role, name, text, distance, values, p, since }) => ({
      kind: role === 'prediction' ? 'prediction' : 'feature',
      name,
      text: `${text} since ${formatTime(since)}, distance ${formatNumber(distance, 2)} of ${plural(values, 'value')}, ${describeChance(p)}`,
    }));
}

function dataOf(features: Monitoring['features']): Found[] {
  return features
    .flatMap(({ name, findings = [] }) => findings.map(({ share, text }) => ({ name, share, text })))
    .sort((a, b) => b.share - a.share)
    .map(({ name, text }) => ({ kind: 'data', name, text }));
}
