import type { VNode } from 'preact';
import { useActions } from '../ui/actions.ts';
import { Icon } from '../ui/blocks.tsx';
import type { Served } from './served.ts';

const words = { live: 'live', 'rolling-out': 'rolling out', warm: 'warm' } as const;
const tones = { live: 'badge-good', 'rolling-out': 'badge-warning', warm: 'badge-neutral' } as const;
const icons = { live: 'broadcast', 'rolling-out': 'sync', warm: 'history' } as const;

/** The endpoints that run a version; each opens the endpoint's releases. */
export function ServedBadges({ served }: { readonly served: readonly Served[] }): VNode | null {
  const actions = useActions();
  if (served.length === 0) {
    return null;
  }
  return (
    <span class="served">
      {served.map(({ endpoint, role, weight }) => {
        const share = role !== 'warm' && weight < 100 ? ` ${weight}%` : '';
        return (
          <button
            key={`${endpoint}-${role}`}
            type="button"
            class={`badge badge-button ${tones[role]}`}
            title={`Show the releases of endpoint ${endpoint}`}
            onClick={(event) => {
              event.stopPropagation();
              actions.show({ panel: 'releases', endpoint });
            }}
          >
            <Icon name={icons[role]} />
            <span>
              {endpoint} · {words[role]}
              {share}
            </span>
          </button>
        );
      })}
    </span>
  );
}
