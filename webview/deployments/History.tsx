import type { VNode } from 'preact';
import { useSignal } from '@preact/signals';
import { isUnderWay, type Endpoint, type EndpointRelease, type Readiness } from '../../server/contract/deployments.ts';
import { lookUp } from '../../server/contract/unknown.ts';
import { Badge, Digest, LinkButton, RelativeTime, type Tone } from '../ui/blocks.tsx';
import { formatDuration } from '../../server/contract/format/durations.ts';
import { now } from '../ui/now.ts';
import { liveFor } from './endpointReleases.ts';
import type { ReleasesStore } from './store.ts';

const readiness: Readonly<Record<Readiness, { readonly tone: Tone; readonly icon: string; readonly title: string }>> = {
  live: { tone: 'good', icon: 'broadcast', title: 'Serves now' },
  warm: { tone: 'accent', icon: 'flame', title: 'Its replicas run: back within a second' },
  cold: { tone: 'neutral', icon: 'history', title: 'Has to be started first' },
  unavailable: { tone: 'bad', icon: 'circle-slash', title: 'Cannot run' },
};

/** The replicas below stay in reach of an endpoint that has had many releases. */
const shownAtFirst = 8;

/** Past and present releases of an endpoint, the newest first. */
export function History({ store, endpoint }: { readonly store: ReleasesStore; readonly endpoint: Endpoint }): VNode {
  const all = useSignal(false);
  const { history } = endpoint;
  if (history.length === 0) {
    return <p class="muted">No release has been live yet.</p>;
  }
  const shown = all.value ? history : history.slice(0, shownAtFirst);
  return (
    <>
      <ol class="plain timeline">
        {shown.map((item) => (
          <PastRelease key={`${item.release}-${item.liveFrom}`} store={store} endpoint={endpoint} item={item} />
        ))}
      </ol>
      {history.length > shown.length && (
        <LinkButton
          onClick={() => {
            all.value = true;
          }}
        >
          Show all {history.length}
        </LinkButton>
      )}
    </>
  );
}

interface PastReleaseProps {
  readonly store: ReleasesStore;
  readonly endpoint: Endpoint;
  readonly item: EndpointRelease;
}

function PastRelease({ store, endpoint, item }: PastReleaseProps): VNode {
  const { tone, icon, title } = lookUp(readiness, item.readiness) ?? { tone: 'neutral', icon: 'question', title: item.readiness };
  const live = item.readiness === 'live';
  const rolling = endpoint.rollout !== undefined && isUnderWay(endpoint.rollout);
  const canGoBack = !live && item.readiness !== 'unavailable' && item.release !== endpoint.liveRelease && !rolling;
  return (
    <li class={live ? 'timeline-item timeline-live' : 'timeline-item'}>
      <div class="timeline-head">
        <strong>v{item.modelVersion}</strong>
        <Digest value={item.release} label={`digest of version ${item.modelVersion}'s release`} />
        <Badge tone={tone} icon={icon} title={title}>
          {item.readiness}
        </Badge>
      </div>
      <div class="muted">
        live for {formatDuration(liveFor(item, now.value))}
        {item.liveUntil !== undefined && (
          <>
            , until <RelativeTime at={item.liveUntil} />
          </>
        )}
      </div>
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
    </li>
  );
}
