import type { VNode } from 'preact';
import { isPending, type Promotion } from '../../server/contract/promotions.ts';
import { Icon, RelativeTime, Section } from '../ui/blocks.tsx';

/** Who has said yes, how many are missing, and whose yes counts. */
export function Approvals({ promotion }: { readonly promotion: Promotion }): VNode {
  const { approvals, needs, breakGlass, requestedBy } = promotion;
  const missing = Math.max(0, needs.required - approvals.length);
  const whom = [...(needs.from.length === 0 ? [] : [`of ${needs.from.join(', ')}`]), ...(needs.otherThanRequester ? [`not of ${requestedBy}, who asks`] : [])].join(', ');
  return (
    <Section title="Approvals" note={needs.required === 0 ? 'none asked for' : `${approvals.length} of ${needs.required}`}>
      {breakGlass && <p class="muted">It goes on without approvals: somebody broke the glass.</p>}
      {!breakGlass && needs.required === 0 && <p class="muted">The policy asks for no approval.</p>}
      <ul class="plain approvals">
        {approvals.map(({ by, reason, at, signed }) => (
          <li key={by} class="approval approval-given">
            <Icon name="check" />
            <span>
              {signed !== undefined && 'signed by '}
              <strong>{by}</strong>
              {signed !== undefined && (
                <>
                  {' '}
                  (<code>{signed.key}</code>)
                </>
              )}
              , <RelativeTime at={at} />: {reason}
            </span>
          </li>
        ))}
        {!breakGlass && isPending(promotion) && missing > 0 && (
          <li class="approval">
            <Icon name="circle-outline" />
            <span>
              {missing === 1 ? 'One is' : `${missing} are`} missing{needs.signed ? ', signed with an SSH key' : ''}{whom === '' ? '' : `: ${whom}`}.
            </span>
          </li>
        )}
      </ul>
    </Section>
  );
}
