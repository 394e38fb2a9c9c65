import type { VNode } from 'preact';
import { plural } from '../../server/contract/format/plural.ts';
import { formatTime } from '../../server/contract/format/times.ts';
import { isPending, type Promotion } from '../../server/contract/promotions.ts';
import { DifferenceTable } from '../deployments/DifferenceTable.tsx';
import { useActions, useTask, type Task } from '../ui/actions.ts';
import { Digest, Empty, Facts, Failure, Icon, RelativeTime, Section, Skeleton, ToolButton } from '../ui/blocks.tsx';
import { Button, Dropdown } from '../ui/toolkit.ts';
import { Approvals } from './Approvals.tsx';
import { DecisionDialog } from './DecisionDialog.tsx';
import { GateTable } from './GateTable.tsx';
import { PromotionRollout } from './PromotionRollout.tsx';
import { PromotionState } from './PromotionState.tsx';
import type { PromotionStore } from './store.ts';

/** One promotion: who asks for what and why, what its gates say, what differs, who has said yes, and how far its rollout is. */
export function PromotionPanel({ store }: { readonly store: PromotionStore }): VNode {
  const actions = useActions();
  const task = useTask();
  const list = store.promotions.value.value;
  const promotion = store.promotion.value.value;
  const failure = store.promotion.failure.value ?? store.promotions.failure.value;
  const taskFailure = task.failure.value !== undefined && <Failure what="That did not work." failure={task.failure.value} onDismiss={task.clear} />;

  if (list?.length === 0 && store.id.value === undefined) {
    return (
      <>
        {taskFailure}
        <Empty icon="verified" title="No promotions" action={{ label: 'Promote Version…', icon: 'verified', run: () => { task.run(() => actions.command('slipway.requestPromotion', {})); } }}>
          A promotion brings a model version to production: it is packaged, judged by the gates of its policy, waits for its approvals, and is rolled out.
        </Empty>
      </>
    );
  }
  if (promotion === undefined) {
    return failure === undefined ? <Skeleton rows={8} label="Loading the promotion" /> : <Failure what="The promotion could not be loaded." failure={failure} onRetry={() => { store.promotions.reset(); store.promotion.reset(); }} />;
  }
  const { id, model, version, endpoint } = promotion;
  const choices = (list ?? []).some((each) => each.id === id) ? (list ?? []) : [promotion, ...(list ?? [])];
  return (
    <div class="panel">
      <header class="panel-header">
        <h1 title={`${model} version ${version} to ${endpoint}`}>
          {model} v{version} <Icon name="arrow-right" /> {endpoint}
        </h1>
        <div class="panel-actions">
          {choices.length > 1 && (
            <Dropdown
              label="Promotion"
              value={String(id)}
              choices={choices.map((each) => ({ value: String(each.id), label: `${each.id} · ${each.model} v${each.version} · ${each.rollout === undefined ? each.state.replace('-', ' ') : `rollout ${each.rollout.state}`}` }))}
              onChange={(value) => { store.show(Number(value)); }}
            />
          )}
          <ToolButton icon="link" label="Copy link" text onClick={() => { task.run(() => actions.command('slipway.copyPromotionLink', { id })); }} />
          <ToolButton icon="history" label="Releases" text onClick={() => { actions.show({ panel: 'releases', endpoint }); }} />
          <ToolButton icon="refresh" label="Refresh" onClick={store.refresh} />
        </div>
      </header>
      {failure !== undefined && <Failure what="The promotion could not be refreshed." failure={failure} onRetry={store.refresh} />}
      {taskFailure}
      <PromotionState promotion={promotion} />
      <Decisions store={store} promotion={promotion} task={task} />
      <blockquote class="promotion-reason" aria-label="Who asks, and why">
        {promotion.reason} <cite class="muted">{promotion.requestedBy}</cite>
      </blockquote>
      <Facts items={factsOf(promotion)} />
      {promotion.rollout !== undefined && <PromotionRollout store={store} />}
      <GateSection store={store} promotion={promotion} />
      <Approvals promotion={promotion} />
      <DifferenceSection store={store} promotion={promotion} />
      {store.deciding.value !== undefined && <DecisionDialog store={store} promotion={promotion} decision={store.deciding.value} />}
    </div>
  );
}

function factsOf({ requestedAt, expiresAt, release, id, state }: Promotion): { readonly label: string; readonly value: VNode | string }[] {
  return [
    { label: 'Asked', value: <RelativeTime at={requestedAt} /> },
    ...(isPending({ state }) ? [{ label: 'Waits until', value: formatTime(expiresAt) }] : []),
    { label: 'Promotion', value: String(id) },
    { label: 'Release', value: release === undefined ? <span class="muted">being packaged</span> : <Digest value={release} label="release digest" /> },
  ];
}

/** What a person can say to it by now. */
function Decisions({ store, promotion, task }: { readonly store: PromotionStore; readonly promotion: Promotion; readonly task: Task }): VNode | null {
  const actions = useActions();
  const { state, model, version, rollout } = promotion;
  const ask = (label: string): VNode => (
    <Button icon="verified" title="Package and judge the version, and ask for its approvals" onClick={() => { task.run(() => actions.command('slipway.requestPromotion', { model, version })); }}>
      {label}
    </Button>
  );
  if (!isPending(promotion)) {
    return rollout !== undefined ? null : <div class="button-row">{ask('Ask Anew…')}</div>;
  }
  return (
    <div class="button-row" role="group" aria-label="Decide">
      {state === 'waiting' && promotion.needs.signed && (
        <Button primary icon="key" title="With the SSH key that git signs with: signed approvals alone count" onClick={() => { task.run(() => actions.command('slipway.signApproval', { id: promotion.id })); }}>
          Sign and Approve…
        </Button>
      )}
      {state === 'waiting' && !promotion.needs.signed && (
        <Button primary icon="check" onClick={() => { store.deciding.value = { kind: 'approve' }; }}>
          Approve…
        </Button>
      )}
      <Button icon="circle-slash" title="Say no to it, or withdraw it" onClick={() => { store.deciding.value = { kind: 'reject' }; }}>
        Reject…
      </Button>
      {!promotion.breakGlass && (
        <Button icon="flame" title="To production without gates and approvals: opens an incident" onClick={() => { store.deciding.value = { kind: 'break-glass' }; }}>
          Break the Glass…
        </Button>
      )}
    </div>
  );
}

function GateSection({ store, promotion }: { readonly store: PromotionStore; readonly promotion: Promotion }): VNode {
  const { results, breakGlass, release, state } = promotion;
  const passed = results.filter((each) => each.state === 'passed' || each.waiver !== undefined).length;
  const text = breakGlass ? 'It goes past its gates: somebody broke the glass.' : release === undefined ? (isPending(promotion) ? 'Its release is being packaged and judged.' : 'It was not judged.') : 'The policy asks for no gate.';
  return (
    <Section title="Gates" {...(results.length === 0 ? {} : { note: `${passed} of ${results.length} passed or answered for` })}>
      {results.length === 0 ? <p class="muted">{text}</p> : <GateTable results={results} onWaive={state === 'not-passed' ? (gate) => { store.deciding.value = { kind: 'waive', gate }; } : undefined} />}
    </Section>
  );
}

function DifferenceSection({ store, promotion: { release, liveRelease, version } }: { readonly store: PromotionStore; readonly promotion: Promotion }): VNode | null {
  const found = store.differences.value.value;
  const failure = store.differences.failure.value;
  if (release === undefined) {
    return null;
  }
  return (
    <Section title="Beside the live release" {...(found === undefined ? {} : { note: found.differences.length === 0 ? 'nothing differs' : plural(found.differences.length, 'difference') })}>
      {liveRelease === undefined && <p class="muted">Nothing was live when it was judged: it is the first release of the endpoint.</p>}
      {failure !== undefined && <Failure what="The differences could not be loaded." failure={failure} onRetry={store.differences.reset} />}
      {liveRelease !== undefined && found === undefined && failure === undefined && <Skeleton rows={4} label="Loading differences" />}
      {found !== undefined && <DifferenceTable differences={found.differences} before={`v${found.from.model.version} (live then)`} after={`v${version}`} />}
    </Section>
  );
}
