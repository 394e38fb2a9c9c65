import type { VNode } from 'preact';
import { useSignal } from '@preact/signals';
import { isUnderWay, type Endpoint, type EndpointRelease, type Readiness } from '../../server/contract/deployments.ts';
import { formatDuration } from '../../server/contract/format/durations.ts';
import type { LiveTime, LiveTraffic } from '../../server/contract/timeline.ts';
import { lookUp } from '../../server/contract/unknown.ts';
import { Badge, Digest, Icon, LinkButton, RelativeTime, type Tone } from '../ui/blocks.tsx';
import { formatTime } from '../ui/format.ts';
import { now } from '../ui/now.ts';
import { causeOf, figuresOf } from './liveTimeWords.ts';
import type { ReleasesStore } from './store.ts';
import type { Timeline as Times } from './timelineResource.ts';

const readiness: Readonly<Record<Readiness, { readonly tone: Tone; readonly icon: string; readonly title: string }>> = {
  live: { tone: 'good', icon: 'broadcast', title: 'Serves now' },
  warm: { tone: 'accent', icon: 'flame', title: 'Its replicas run: back within a second' },
  cold: { tone: 'neutral', icon: 'history', title: 'Has to be started first' },
  unavailable: { tone: 'bad', icon: 'circle-slash', title: 'Cannot run' },
};

/** The replicas below stay in reach of an endpoint that has had many releases. */
const shownAtFirst = 8;

/** Every time that a release was live, the newest first; what one does with a release stands at the newest of its times. */
export function Timeline({ store, endpoint, timeline: { times, recent } }: { readonly store: ReleasesStore; readonly endpoint: Endpoint; readonly timeline: Times }): VNode {
  const all = useSignal(false);
  if (times.length === 0) {
    return <p class="muted">No release has been live yet.</p>;
  }
  const shown = all.value ? times : times.slice(0, shownAtFirst);
  return (
    <>
      <ol class="plain timeline" aria-label="Times that releases were live">
        {shown.map((time, place) => {
          const isNewest = times.findIndex(({ release }) => release === time.release) === place;
          return (
            <li key={time.liveFrom} class={time.liveUntil === undefined ? 'timeline-item timeline-live' : 'timeline-item'}>
              <Time time={time} recent={time.liveUntil === undefined ? recent : undefined} item={isNewest ? endpoint.history.find(({ release }) => release === time.release) : undefined} store={store} endpoint={endpoint} />
            </li>
          );
        })}
      </ol>
      {times.length > shown.length && (
        <LinkButton
          onClick={() => {
            all.value = true;
          }}
        >
          Show all {times.length}
        </LinkButton>
      )}
      <p class="muted timeline-note">Requests to a release while it was live, without its share as a canary before: by whole minutes, and by whole hours where they are more than two days ago. p99 is measured at the gateway.</p>
    </>
  );
}

interface TimeProps {
  readonly time: LiveTime;
  /** The last minutes of the time that goes on. */
  readonly recent: LiveTraffic | undefined;
  /** The release, at the newest of its times. */
  readonly item: EndpointRelease | undefined;
  readonly store: ReleasesStore;
  readonly endpoint: Endpoint;
}

function Time({ time, recent, item, store, endpoint }: TimeProps): VNode {
  const cause = causeOf(time);
  const reason = time.broughtBy?.reason ?? '';
  return (
    <>
      <div class="timeline-head">
        <strong>v{time.modelVersion}</strong>
        <Digest value={time.release} label={`digest of version ${time.modelVersion}'s release`} />
        {item !== undefined && <ReadinessBadge item={item} />}
      </div>
      <div class="timeline-cause">
        <Icon name={cause.icon} /> {cause.words}, <RelativeTime at={time.liveFrom} />
      </div>
      {reason !== '' && <div class="timeline-reason">{reason}</div>}
      <div class="muted">
        live for {formatDuration(Math.max(0, (time.liveUntil ?? now.value) - time.liveFrom))}
        {time.stoppedMilliseconds > 0 && <>, stopped for {formatDuration(time.stoppedMilliseconds)} of it</>}
        {time.liveUntil !== undefined && (
          <>
            , until <RelativeTime at={time.liveUntil} />
          </>
        )}
      </div>
      {recent !== undefined && <Figures label="Last 5 minutes" traffic={recent} />}
      <Figures label={recent === undefined ? undefined : 'Since it went live'} traffic={time.traffic} />
      {item !== undefined && <OfRelease item={item} store={store} endpoint={endpoint} />}
    </>
  );
}

function Figures({ label, traffic }: { readonly label: string | undefined; readonly traffic: LiveTraffic }): VNode {
  const covers = `${formatTime(traffic.from)} to ${formatTime(traffic.to)}`;
  return (
    <div class={label === undefined ? 'time-figures' : 'time-figures time-figures-labelled'} title={covers}>
      {label !== undefined && <span class="label">{label}</span>}
      <dl>
        {figuresOf(traffic).map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function ReadinessBadge({ item }: { readonly item: EndpointRelease }): VNode {
  const { tone, icon, title } = lookUp(readiness, item.readiness) ?? { tone: 'neutral', icon: 'question', title: item.readiness };
  return (
    <Badge tone={tone} icon={icon} title={title}>
      {item.readiness}
    </Badge>
  );
}

/** What was allowed to a release, why it cannot run, and what one does with it. */
function OfRelease({ item, store, endpoint }: Pick<TimeProps, 'store' | 'endpoint'> & { readonly item: EndpointRelease }): VNode {
  const rolling = endpoint.rollout !== undefined && isUnderWay(endpoint.rollout);
  const canGoBack = item.readiness !== 'live' && item.readiness !== 'unavailable' && item.release !== endpoint.liveRelease && !rolling;
  return (
    <>
      {item.allowed !== undefined && (
        <div class="muted">
          {item.allowed.by.join(', ')} allowed {[...item.allowed.imports, ...item.allowed.builds.map((name) => `the build of ${name}`)].join(', ')}
        </div>
      )}
      {item.reason !== undefined && <div class={item.readiness === 'unavailable' ? 'tone-bad' : 'muted'}>{item.reason}</div>}
      <div class="timeline-actions">
        {endpoint.liveRelease !== undefined && item.release !== endpoint.liveRelease && (
          <LinkButton
            onClick={() => {
              store.comparePair({ from: item.release, to: endpoint.liveRelease ?? item.release });
            }}
          >
            Compare with live
          </LinkButton>
        )}
        {canGoBack && (
          <LinkButton
            onClick={() => {
              store.rollbackTo.value = item.release;
            }}
          >
            Roll back to this
          </LinkButton>
        )}
      </div>
    </>
  );
}
