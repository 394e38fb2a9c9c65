import type { VNode } from 'preact';
import type { FleetEntry } from '../../server/contract/fleet.ts';
import { changeCovers, changeSentence, standingSentence } from '../../server/contract/format/fleet.ts';
import { now } from '../ui/now.ts';

/** How the endpoint stands and since when, and what its live release changed. */
export function Standing({ entry }: { readonly entry: FleetEntry }): VNode {
  const change = changeSentence(entry, now.value);
  return (
    <p class="standing">
      {standingSentence(entry, now.value)} {change !== undefined && <span title={changeCovers(entry)}>{change}</span>}
    </p>
  );
}
