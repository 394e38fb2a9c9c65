import { shortDigest } from '../../contract/format/digests.ts';
import { Problem } from '../../platform/errors.ts';
import type { EndpointRecord, LiveSpanRecord } from '../endpoints/endpointTable.ts';
import { wayBack } from '../endpoints/wayBack.ts';
import { hasSwitched, labelOf } from '../rollouts/progression.ts';
import type { RolloutRecord } from '../rollouts/rolloutTable.ts';

/** What a rollback leaves and what it goes to. */
export interface RollbackAim {
  readonly span: LiveSpanRecord;
  /** What gets traffic now and shall not: the live release, or the one that a rollout is bringing. */
  readonly from: { readonly release: string | undefined; readonly version: number };
  /** The live release stays; only a rollout is taken back. */
  readonly stays: boolean;
}

/**
 * Where a rollback goes. While a rollout has not switched, that is the live release; else the one that was live before, further
 * back with each rollback.
 * @param spans newest first
 * @throws Problem `conflict` when there is nothing to go back to, `not-found` when `to` was never live here
 */
export function aimOf(endpoint: EndpointRecord, spans: readonly LiveSpanRecord[], rollout: RolloutRecord | undefined, to: string | undefined): RollbackAim {
  const { name, live } = endpoint;
  const [current] = spans;
  if (live === undefined || current === undefined) {
    throw new Problem('conflict', `Nothing is live on ${name}; there is nothing to roll back.`);
  }
  const coming = rollout !== undefined && !hasSwitched(rollout) ? rollout : undefined;
  if (coming?.kind === 'rollback' && (to === undefined || coming.to?.startsWith(to) === true)) {
    throw new Problem('conflict', `A rollback of ${name} to version ${coming.version} is running, at step ${labelOf(coming.step)} (${coming.id}).`, {
      remedy: 'Wait for it, or cancel it.',
    });
  }
  const from = coming === undefined ? live : { release: coming.to, version: coming.version };
  if (to === undefined) {
    const span = coming === undefined ? previousOf(name, live, spans) : current;
    return { span, from, stays: span.release === live.release };
  }
  const span = namedBy(to, name, spans);
  const stays = span.release === live.release;
  if (stays && coming === undefined) {
    throw new Problem('conflict', `Release ${shortDigest(span.release)} is live on ${name} already.`, { field: 'to' });
  }
  return { span, from, stays };
}

function previousOf(name: string, live: { readonly release: string }, spans: readonly LiveSpanRecord[]): LiveSpanRecord {
  const span = wayBack(spans);
  if (span === undefined) {
    const left = spans.find((candidate) => candidate.release !== live.release);
    throw new Problem('conflict', `There is no earlier release of ${name} to go back to.`, {
      remedy: left === undefined ? 'Deploy another version.' : `Version ${left.version} was rolled back from; name its release ${shortDigest(left.release)} to go to it nevertheless.`,
    });
  }
  return span;
}

/** The newest time of the one release of an endpoint whose digest begins so: the target that it had then is the one to have again. */
function namedBy(prefix: string, name: string, spans: readonly LiveSpanRecord[]): LiveSpanRecord {
  const matches = spans.filter(({ release }) => release.startsWith(prefix));
  const [span] = matches;
  const another = matches.find(({ release }) => release !== span?.release);
  if (prefix.length < 6 || span === undefined) {
    throw new Problem('not-found', `${name} has never served a release ${prefix}.`, {
      field: 'to',
      remedy: `Its releases: ${[...new Set(spans.map(({ release }) => shortDigest(release)))].join(', ')}.`,
    });
  }
  if (another !== undefined) {
    throw new Problem('conflict', `Several releases begin with ${prefix}.`, { field: 'to', remedy: 'Give more characters of the digest.' });
  }
  return span;
}
