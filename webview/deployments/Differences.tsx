import type { VNode } from 'preact';
import type { Endpoint } from '../../server/contract/deployments.ts';
import { Failure, Section, Skeleton, ToolButton } from '../ui/blocks.tsx';
import { shortDigest } from '../../server/contract/format/digests.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { Dropdown } from '../ui/toolkit.ts';
import { DifferenceTable } from './DifferenceTable.tsx';
import { releasesOf } from './endpointReleases.ts';
import type { ReleasesStore } from './store.ts';

/** What differs between any two releases of the endpoint. */
export function Differences({ store, endpoint }: { readonly store: ReleasesStore; readonly endpoint: Endpoint }): VNode {
  const releases = releasesOf(endpoint);
  const pair = store.pair.value;
  const found = store.differences.value.value;
  const failure = store.differences.failure.value;
  if (pair === undefined) {
    return (
      <Section title="What differs">
        <p class="muted">Once there are two releases, this shows what differs between them.</p>
      </Section>
    );
  }
  const choices = releases.map(({ digest, version }) => ({ value: digest, label: `v${version} · ${shortDigest(digest)}` }));
  const name = (digest: string): string => {
    const version = releases.find((item) => item.digest === digest)?.version;
    return version === undefined ? shortDigest(digest) : `v${version}`;
  };
  const [before, after] = [name(pair.from), name(pair.to)];
  const same = before === after;
  return (
    <Section title="What differs" {...(found === undefined ? {} : { note: found.differences.length === 0 ? 'nothing' : plural(found.differences.length, 'difference') })}>
      <div class="pair-choice">
        <Dropdown label="Compare from" value={pair.from} choices={choices} onChange={(from) => { store.comparePair({ from, to: pair.to }); }} />
        <ToolButton icon="arrow-swap" label="Swap the two releases" onClick={() => { store.comparePair({ from: pair.to, to: pair.from }); }} />
        <Dropdown label="Compare to" value={pair.to} choices={choices} onChange={(to) => { store.comparePair({ from: pair.from, to }); }} />
      </div>
      {failure !== undefined && <Failure what="The differences could not be loaded." failure={failure} onRetry={store.differences.reset} />}
      {found === undefined && failure === undefined && <Skeleton rows={4} label="Loading differences" />}
      {found !== undefined && (
        <DifferenceTable differences={found.differences} before={same ? `${before} ${shortDigest(pair.from)}` : before} after={same ? `${after} ${shortDigest(pair.to)}` : after} />
      )}
    </Section>
  );
}
