import type { VNode } from 'preact';
import { isPending } from '../../server/contract/promotions.ts';
import type { ModelVersion } from '../../server/contract/registry.ts';
import { GateTable } from '../promotion/GateTable.tsx';
import { useActions, type Task } from '../ui/actions.ts';
import { Failure, Icon, LinkButton, RelativeTime, Section, Skeleton } from '../ui/blocks.tsx';
import { Button } from '../ui/toolkit.ts';
import type { GovernanceStore } from './governanceStore.ts';

interface GovernanceProps {
  readonly store: GovernanceStore;
  readonly version: ModelVersion;
  readonly task: Task;
}

/** What the gates said of the version the last time, its promotions, and the way to the next one. */
export function GovernanceView({ store, version: { name: model, version }, task }: GovernanceProps): VNode {
  const actions = useActions();
  const run = store.gates.value.value;
  const failure = store.gates.failure.value;
  const promotions = store.promotions.value.value ?? [];
  const isKnown = run !== undefined || store.gates.at.value !== undefined;
  return (
    <Section
      title="Gates and promotion"
      actions={
        <>
          <Button icon="beaker" disabled={task.running.value || run?.state === 'running'} title="Judge the release that would be shipped, at a replica outside of the traffic" onClick={() => { task.run(() => actions.command('slipway.runGates', { model, version })); }}>
            Run Gates
          </Button>
          <Button icon="verified" disabled={task.running.value} title="Gates, then approvals, then the rollout of the policy" onClick={() => { task.run(() => actions.command('slipway.requestPromotion', { model, version })); }}>
            Promote…
          </Button>
        </>
      }
    >
      {failure !== undefined && <Failure what="What its gates said could not be loaded." failure={failure} onRetry={store.gates.reset} />}
      {!isKnown && failure === undefined && <Skeleton rows={2} label="Loading what its gates said" />}
      {isKnown && run === undefined && <p class="muted">Its gates were not run yet.</p>}
      {run !== undefined && (
        <p role="status">
          <Icon name={run.state === 'running' ? 'sync' : run.passed ? 'pass' : 'error'} spin={run.state === 'running'} />{' '}
          {run.state === 'running' ? run.message : run.state === 'failed' ? `Could not be judged: ${run.message}` : run.results.length === 0 ? 'The policy asks for no gate.' : run.passed ? 'All gates passed, or somebody answers for them.' : 'Not all gates passed.'}
          {run.endedAt !== undefined && <span class="muted"> <RelativeTime at={run.endedAt} /></span>}
        </p>
      )}
      {run !== undefined && run.results.length > 0 && <GateTable results={run.results} />}
      {promotions.length > 0 && (
        <ul class="plain" aria-label="Promotions">
          {promotions.map((one) => (
            <li key={one.id}>
              <LinkButton onClick={() => { actions.show({ panel: 'promotion', id: one.id }); }}>Promotion {one.id}</LinkButton> to {one.endpoint}, {one.rollout === undefined ? one.state.replace('-', ' ') : `rollout ${one.rollout.state}`}
              , asked <RelativeTime at={one.requestedAt} />{isPending(one) ? `. ${one.message}` : ''}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
