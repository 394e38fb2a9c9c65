import type { VNode } from 'preact';
import { isChecking, type LoadCheck } from '../../server/contract/loadChecks.ts';
import type { ModelVersion } from '../../server/contract/registry.ts';
import type { useTask } from '../ui/actions.ts';
import { Icon, LinkButton, RelativeTime } from '../ui/blocks.tsx';
import type { RegistryStore } from './store.ts';

interface LoadCheckProps {
  readonly store: RegistryStore;
  readonly version: ModelVersion;
  readonly task: ReturnType<typeof useTask>;
}

/** Whether the version loads in an environment of its own, and answers there as where it was registered. */
export function LoadCheckView({ store, version, task }: LoadCheckProps): VNode {
  const check = store.loadChecks.value.value?.find((one) => one.version === version.version);
  const again = (): void => task.run(() => store.checkLoad(version));
  if (check === undefined) {
    return (
      <p class="muted">
        Not known whether it loads elsewhere. <LinkButton onClick={again}>Check</LinkButton>
      </p>
    );
  }
  const { icon, tone, words } = appearance(check);
  return (
    <section class={`verdict verdict-${tone}`} aria-label="Loads elsewhere">
      <p class="verdict-head">
        <Icon name={icon} />
        <strong>{words}</strong>
        {check.endedAt !== undefined && <span class="muted"><RelativeTime at={check.endedAt} /></span>}
      </p>
      <p>{check.message}</p>
      {check.remedy !== undefined && <p>{check.remedy}</p>}
      {!isChecking(check) && <LinkButton onClick={again}>Check again</LinkButton>}
    </section>
  );
}

function appearance({ state, missing }: LoadCheck): { readonly icon: string; readonly tone: 'good' | 'bad' | 'neutral'; readonly words: string } {
  switch (state) {
    case 'loads':
      return { icon: 'pass', tone: 'good', words: 'Loads elsewhere' };
    case 'fails':
      return { icon: 'error', tone: 'bad', words: missing === undefined ? 'Does not load elsewhere' : missing.kind === 'file' ? `Lacks ${missing.name} of the notebook's folder` : `Lacks the package ${missing.name}` };
    case 'not-checked':
      return { icon: 'circle-slash', tone: 'neutral', words: 'Could not be checked' };
    default:
      return { icon: 'loading', tone: 'neutral', words: 'Checking whether it loads elsewhere' };
  }
}
