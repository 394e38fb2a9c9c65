import type { VNode } from 'preact';
import { formatDuration } from '../../server/contract/format/durations.ts';
import { isUnderWay } from '../../server/contract/deployments.ts';
import { strategyText } from '../../server/contract/strategyText.ts';
import { StepList } from '../deployments/StepList.tsx';
import { useActions } from '../ui/actions.ts';
import { Failure, Section, Skeleton } from '../ui/blocks.tsx';
import { now } from '../ui/now.ts';
import { Button } from '../ui/toolkit.ts';
import type { PromotionStore } from './store.ts';

/** How far the rollout of a promotion is; what can be done about it is in Releases. */
export function PromotionRollout({ store }: { readonly store: PromotionStore }): VNode {
  const actions = useActions();
  const rollout = store.rollout.value.value;
  const failure = store.rollout.failure.value;
  if (rollout === undefined) {
    return <Section title="Rollout">{failure === undefined ? <Skeleton rows={4} label="Loading the rollout" /> : <Failure what="The rollout could not be loaded." failure={failure} onRetry={store.rollout.reset} />}</Section>;
  }
  const took = formatDuration(Math.max(0, (rollout.endedAt ?? now.value) - rollout.startedAt));
  return (
    <Section
      title="Rollout"
      note={`${strategyText(rollout.strategy)}, ${rollout.state}, ${took}${isUnderWay(rollout) ? ' so far' : ''}`}
      actions={
        <Button icon="history" onClick={() => { actions.show({ panel: 'releases', endpoint: rollout.endpoint }); }}>
          Open Releases
        </Button>
      }
    >
      {rollout.message !== '' && <p role="status">{rollout.message}</p>}
      {isUnderWay(rollout) && <progress class="promotion-progress" aria-label="Progress of the rollout" max={100} value={rollout.progress} />}
      <StepList rollout={rollout} journal={rollout.journal} />
    </Section>
  );
}
