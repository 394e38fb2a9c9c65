import type { VNode } from 'preact';
import type { FleetEntry } from '../../server/contract/fleet.ts';
import { changeCovers, changeSentence, standingSentence } from '../../server/contract/format/fleet.ts';
import { now } from '../ui/now.ts';

interface StandingProps {
  readonly entry: FleetEntry;
  /** Whether the span that is shown says otherwise than the last look did: nobody is told then that it is well. */
  readonly isUnwellInSpan: boolean;
}

/** How the endpoint stands and since when, and what its live release changed. */
export function Standing({ entry, isUnwellInSpan }: StandingProps): VNode {
  const change = changeSentence(entry, now.value);
  return (
    <p class="standing">
      {!(entry.standing === 'well' && isUnwellInSpan) && standingSentence(entry, now.value)} {change !== undefined && <span title={changeCovers(entry)}>{change}</span>}
    </p>
  );
}
