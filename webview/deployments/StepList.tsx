import type { VNode } from 'preact';
import type { JournalEntry, RolloutSummary } from '../../server/contract/deployments.ts';
import { lookUp, wordFor, type Known } from '../../server/contract/unknown.ts';
import { Icon } from '../ui/blocks.tsx';
import { stepsOf, type StepWithMessage } from './rolloutSteps.ts';

const icons: Readonly<Record<Known<StepWithMessage['state']>, string>> = { done: 'check', current: 'sync', held: 'debug-pause', failed: 'error', waiting: 'circle-outline' };
const words: Readonly<Record<Known<StepWithMessage['state']>, string>> = { done: 'done', current: 'in progress', held: 'held', failed: 'failed', waiting: 'to come' };

/** The steps of a rollout, with the latest words on each. */
export function StepList({ rollout, journal }: { readonly rollout: RolloutSummary; readonly journal: readonly JournalEntry[] }): VNode {
  return (
    <ol class="plain steps">
      {stepsOf(rollout, journal).map((step) => (
        <Step key={step.id} {...step} />
      ))}
    </ol>
  );
}

function Step({ label, state, message }: StepWithMessage): VNode {
  return (
    <li class={`step step-${state}`} aria-current={state === 'current' || state === 'held' ? 'step' : undefined}>
      <Icon name={lookUp(icons, state) ?? 'circle-outline'} spin={state === 'current'} />
      <span class="step-label">
        {label}
        <span class="sr-only">, {wordFor(words, state)}</span>
      </span>
      {message !== undefined && <span class="step-message muted">{message}</span>}
    </li>
  );
}
