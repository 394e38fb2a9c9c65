import type { VNode } from 'preact';
import { useSignal } from '@preact/signals';
import { servedDuring } from '../../server/contract/aliasHistory.ts';
import type { LiveSpan } from '../../server/contract/deployments.ts';
import type { AliasMove, RegisteredModel } from '../../server/contract/registry.ts';
import { useActions } from '../ui/actions.ts';
import { Badge, Failure, Icon, LinkButton, RelativeTime, Section, Skeleton } from '../ui/blocks.tsx';
import { formatTime } from '../ui/format.ts';
import { shortDigest } from '../../server/contract/format/digests.ts';
import { formatDuration } from '../../server/contract/format/durations.ts';
import { now } from '../ui/now.ts';
import { Dropdown } from '../ui/toolkit.ts';
import type { RegistryStore } from './store.ts';

const shownAtFirst = 6;

/** Which version an alias named when: who moved it there, for how long, and on which endpoints that version was live meanwhile. */
export function AliasHistory({ store, model }: { readonly store: RegistryStore; readonly model: RegisteredModel }): VNode {
  const all = useSignal(false);
  const { moves, spans } = store;
  const alias = store.alias.value;
  const stretches = store.stretches.value;
  const shown = all.value ? stretches : stretches.slice(0, shownAtFirst);
  return (
    <Section
      title="Production history"
      {...(store.aliases.value.length === 1 && alias !== undefined ? { note: `@${alias}` } : {})}
      {...(store.aliases.value.length > 1
        ? { actions: <Dropdown label="Alias" value={alias ?? ''} choices={store.aliases.value.map((name) => ({ value: name, label: `@${name}` }))} onChange={store.showAlias} /> }
        : {})}
    >
      {moves.failure.value !== undefined && <Failure what="The history could not be loaded." failure={moves.failure.value} onRetry={moves.refresh} />}
      {spans.failure.value !== undefined && moves.failure.value === undefined && <Failure what="When its versions were live could not be loaded." failure={spans.failure.value} onRetry={spans.refresh} />}
      {moves.value.value === undefined && moves.failure.value === undefined && <Skeleton rows={3} label="Loading the history" />}
      {moves.value.value !== undefined && stretches.length === 0 && (
        <p class="muted">
          {moves.value.value.recorded
            ? 'No alias was ever set. Add one to a version, such as champion, and its moves are listed here.'
            : 'The tracking server does not keep which version an alias named when. What was moved from here is in the audit log.'}
        </p>
      )}
      <ol class="plain stretches">
        {shown.map((stretch) => (
          <Stretch key={`${stretch.from}-${stretch.version ?? 0}`} stretch={stretch} store={store} served={servedDuring(stretch, spans.value.value ?? [])} exists={model.versions.some(({ version }) => version === stretch.version)} />
        ))}
      </ol>
      {stretches.length > shown.length && (
        <LinkButton
          onClick={() => {
            all.value = true;
          }}
        >
          Show all {stretches.length}
        </LinkButton>
      )}
    </Section>
  );
}

interface StretchProps {
  readonly stretch: AliasMove;
  readonly store: RegistryStore;
  readonly served: readonly LiveSpan[];
  /** False for a version that was deleted since. */
  readonly exists: boolean;
}

function Stretch({ stretch, store, served, exists }: StretchProps): VNode {
  const actions = useActions();
  const { version, from, until, actor } = stretch;
  const isNow = until === undefined;
  return (
    <li class={isNow ? 'stretch stretch-now' : 'stretch'}>
      <div class="stretch-head">
        {version === undefined ? (
          <span class="muted">removed</span>
        ) : exists ? (
          <LinkButton
            title={`Show version ${version}`}
            onClick={() => {
              store.showVersion(version);
            }}
          >
            Version {version}
          </LinkButton>
        ) : (
          <span title="This version was deleted since">Version {version}, deleted</span>
        )}
        {isNow && (
          <Badge tone={version === undefined ? 'neutral' : 'good'} icon={version === undefined ? 'circle-slash' : 'check'}>
            now
          </Badge>
        )}
        <span class="muted">for {formatDuration((until ?? now.value) - from)}</span>
      </div>
      <div class="muted" title={until === undefined ? `since ${formatTime(from)}` : `${formatTime(from)} to ${formatTime(until)}`}>
        <RelativeTime at={from} /> by {actor}
      </div>
      {served.length > 0 && (
        <ul class="plain stretch-served">
          {served.map(({ endpoint, release, liveFrom, liveUntil }) => (
            <li key={`${endpoint}-${liveFrom}`}>
              <Icon name="broadcast" />
              <span>
                {liveUntil === undefined ? 'live' : `live for ${formatDuration(liveUntil - liveFrom)}`} on{' '}
                <LinkButton
                  title={`Show the releases of endpoint ${endpoint}`}
                  onClick={() => {
                    actions.show({ panel: 'releases', endpoint });
                  }}
                >
                  {endpoint}
                </LinkButton>{' '}
                <span class="muted" title={release}>
                  as release {shortDigest(release)}
                </span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
