import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { shortDigest } from '../../server/contract/format/digests.ts';
import type { Promotion } from '../../server/contract/promotions.ts';
import { useTask } from '../ui/actions.ts';
import { Failure } from '../ui/blocks.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Button, Dropdown } from '../ui/toolkit.ts';
import type { Decision, PromotionStore } from './store.ts';

const dayMilliseconds = 24 * 3_600_000;
const spans = [7, 30, 90, 180].map((days) => ({ value: String(days), label: `${days} days` }));
/** As the companion asks for it. */
const shortest = 10;
const longest = 2000;

interface Words {
  readonly title: string;
  readonly yes: string;
  readonly failed: string;
  readonly meaning: string;
}

function wordsOf({ id, model, version, endpoint, release, approvals, needs }: Promotion, decision: Decision): Words {
  switch (decision.kind) {
    case 'approve':
      return {
        title: `Approve promotion ${id}`,
        yes: 'Approve',
        failed: 'It was not approved.',
        meaning: `Your yes holds for release ${shortDigest(release ?? '')} of ${model} version ${version} alone.${approvals.length + 1 >= needs.required ? ` It is the last one: the rollout to ${endpoint} starts with it.` : ''}`,
      };
    case 'reject':
      return { title: `Reject promotion ${id}`, yes: 'Reject', failed: 'It was not rejected.', meaning: `${model} version ${version} does not go to ${endpoint}. It can be asked for anew.` };
    case 'break-glass':
      return {
        title: `Break the glass for ${model} version ${version}`,
        yes: 'Break the Glass',
        failed: 'It was not promoted.',
        meaning: `${model} version ${version} goes to ${endpoint} now, without gates and approvals. That stands in the audit log under your name and opens a critical incident, which alert channels tell.`,
      };
    case 'waive':
      return { title: `Answer for the gate ${decision.gate}`, yes: 'Answer for It', failed: 'The gate was not waived.', meaning: `The gate ${decision.gate} counts as passed for ${model} version ${version} alone, under your name, until it ends.` };
  }
}

/** Asks for the reason of a decision, says what it means, and makes it. */
export function DecisionDialog({ store, promotion, decision }: { readonly store: PromotionStore; readonly promotion: Promotion; readonly decision: Decision }): VNode {
  const reason = useSignal('');
  const days = useSignal('30');
  const field = useRef<HTMLTextAreaElement>(null);
  const task = useTask();
  const { title, yes, failed, meaning } = wordsOf(promotion, decision);
  useEffect(() => {
    field.current?.focus();
  }, []);
  const isLong = reason.value.trim().length >= shortest;
  const close = (): void => {
    if (!task.running.value) {
      store.deciding.value = undefined;
    }
  };
  const decide = (): void => {
    if (isLong) {
      task.run(() => store.decide(promotion, decision, reason.value.trim(), Date.now() + Number(days.value) * dayMilliseconds));
    }
  };
  return (
    <Dialog
      title={title}
      onClose={close}
      footer={
        <>
          <Button onClick={close} disabled={task.running.value}>
            Cancel
          </Button>
          <Button primary disabled={!isLong || task.running.value} onClick={decide}>
            {yes}
          </Button>
        </>
      }
    >
      <p>{meaning}</p>
      {task.failure.value !== undefined && <Failure what={failed} failure={task.failure.value} onDismiss={task.clear} />}
      <textarea
        ref={field}
        aria-label="Reason"
        aria-describedby="decision-hint"
        placeholder="Why, for those who look at it later"
        rows={4}
        maxLength={longest}
        value={reason.value}
        onInput={(event) => {
          reason.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            decide();
          }
        }}
      />
      <p class="muted" id="decision-hint">
        At least {shortest} characters; it is kept in the audit log.
      </p>
      {decision.kind === 'waive' && (
        <div class="decision-until">
          <span class="label">It ends after</span>
          <Dropdown label="It ends after" value={days.value} choices={spans} onChange={(value) => { days.value = value; }} />
        </div>
      )}
    </Dialog>
  );
}
