import type { VNode } from 'preact';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { describeChance } from '../../server/contract/format/drift.ts';
import type { Verdict as VerdictAnswer } from '../../server/contract/monitoring.ts';
import { Icon } from '../ui/blocks.tsx';
import { formatTime } from '../ui/format.ts';

/** The answer first: one sentence, what is usually done, and what has moved. */
export function Verdict({ verdict: { kind, isWell, sentence, advice, suspects } }: { readonly verdict: VerdictAnswer }): VNode {
  const tone = isWell ? 'tone-good' : kind === 'not-evaluated' ? 'muted' : 'tone-warning';
  return (
    <section class="verdict" aria-label="Verdict">
      <p class="verdict-sentence">
        <span class={tone}>
          <Icon name={isWell ? 'pass' : kind === 'not-evaluated' ? 'circle-slash' : 'warning'} />
        </span>
        <span>{sentence}</span>
      </p>
      {advice !== null && <p class="muted">{advice}</p>}
      {suspects.length > 0 && (
        <ul class="verdict-suspects">
          {suspects.map(({ role, name, text, distance, p, values, since }) => (
            <li key={`${role}/${name}`}>
              <strong>{name}</strong> {text}, since {formatTime(since)}
              <span class="muted">
                {' '}
                (distance {formatNumber(distance, 2)} of {formatNumber(values)} values; {describeChance(p)})
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
