import type { VNode } from 'preact';
import { waitsForSomebody } from '../../server/contract/attention.ts';
import { describeAllowance, isOffered } from '../../server/contract/allowances.ts';
import { describeNeed, isUnderWay, sharesOf, type EndpointSummary, type JournalEntry, type RolloutComparison, type RolloutNeed, type RolloutSummary } from '../../server/contract/deployments.ts';
import { isInconclusive, nextDecision } from '../../server/contract/nextDecision.ts';
import { strategyText } from '../../server/contract/strategyText.ts';
import { useActions, useTask, type Task } from '../ui/actions.ts';
import { Badge, Failure, Icon, RelativeTime, Section, Skeleton } from '../ui/blocks.tsx';
import { formatClock } from '../ui/format.ts';
import { formatDuration } from '../../server/contract/format/durations.ts';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { now } from '../ui/now.ts';
import { Button } from '../ui/toolkit.ts';
import { Comparison } from './Comparison.tsx';
import { StepList } from './StepList.tsx';
import type { ReleasesStore } from './store.ts';

interface RolloutProgressProps {
  readonly store: ReleasesStore;
  readonly endpoint: EndpointSummary;
  readonly rollout: RolloutSummary;
  /** Undefined while it is on its way. */
  readonly journal: readonly JournalEntry[] | undefined;
}

/** The rollout that goes on, or how the last one ended. */
export function RolloutProgress({ store, endpoint, rollout, journal }: RolloutProgressProps): VNode {
  const task = useTask();
  const active = isUnderWay(rollout);
  const verb = rollout.kind === 'rollback' ? 'Rollback' : rollout.strategy.kind === 'rehearsal' ? 'Rehearsal' : 'Rollout';
  const versions = rollout.fromVersion === undefined ? `v${rollout.toVersion}` : `v${rollout.fromVersion} → v${rollout.toVersion}`;
  const { needs } = rollout;
  const title = `${verb} ${versions}`;
  const actions = useActions();
  const decision = active ? nextDecision(rollout, now.value) : undefined;
  // The editor asks where too few requests say that it is good.
  const promote = isInconclusive(rollout) ? () => actions.command('slipway.promote', { endpoint: endpoint.name }) : store.promote;
  if (!active) {
    return <LastRollout title={title} rollout={rollout} journal={journal} task={task} />;
  }
  return (
    <Section
      title={title}
      note={`${strategyText(rollout.strategy)}, ${formatDuration(Math.max(0, now.value - rollout.startedAt))} so far`}
      actions={
        <>
          {rollout.promotable && (
            <Button primary={waitsForSomebody(rollout)} icon="play" disabled={task.running.value} title={promoteTitle(rollout)} onClick={() => { task.run(promote); }}>
              {isInconclusive(rollout) ? 'Promote…' : 'Promote'}
            </Button>
          )}
          {rollout.cancellable && (
            <Button icon="circle-slash" disabled={task.running.value} title="The live release keeps serving" onClick={() => { task.run(store.cancel); }}>
              Cancel
            </Button>
          )}
        </>
      }
    >
      {task.failure.value !== undefined && <Failure what="The rollout was not changed." failure={task.failure.value} onDismiss={task.clear} />}
      <p class="rollout-message" role="status">
        {rollout.state === 'held' && <Badge tone="warning" icon="debug-pause">held</Badge>} {rollout.message}
      </p>
      {decision !== undefined && <p class="next-decision">{decision}</p>}
      {needs.length > 0 && <Needs needs={needs} />}
      {sharesOf(rollout.strategy).length > 0 && <CanaryBar rollout={rollout} steps={sharesOf(rollout.strategy)} live={endpoint.liveVersion} />}
      {rollout.weight > 0 && rollout.comparison !== undefined && rollout.comparison.since === rollout.shareSince && <Comparison comparison={rollout.comparison} span="live" />}
      <StepList rollout={rollout} journal={journal ?? []} />
      <Journal entries={journal} />
    </Section>
  );
}

function promoteTitle(rollout: RolloutSummary): string {
  if (isInconclusive(rollout)) {
    return 'There were too few requests to judge it by; asks first';
  }
  return rollout.state === 'held' ? 'Let the rollout go on' : 'Send all traffic to the new release now';
}

/** What a rollout that holds waits for. */
function Needs({ needs }: { readonly needs: readonly RolloutNeed[] }): VNode {
  return (
    <ul class="plain needs" aria-label="Waits for">
      {needs.map((need) => (
        <li key={need.kind} class="need">
          <Icon name={need.kind === 'requests' ? 'graph' : 'person'} />
          <span>Waits for {describeNeed(need)}.</span>
          {need.kind === 'requests' && (
            <progress class="need-progress" aria-label="Requests so far" max={need.minimum} value={need.seen} />
          )}
        </li>
      ))}
    </ul>
  );
}

/** The canary's share with the shares that it goes through. */
function CanaryBar({ rollout, steps, live }: { readonly rollout: RolloutSummary; readonly steps: readonly number[]; readonly live: number | undefined }): VNode {
  return (
    <div class="canary">
      <div class="canary-labels">
        <span>
          v{rollout.toVersion} <strong>{rollout.weight}%</strong>
        </span>
        <span class="muted">{live === undefined ? '' : `v${live} ${100 - rollout.weight}%`}</span>
      </div>
      <div class="canary-bar" role="progressbar" aria-label={`Share of the traffic that version ${rollout.toVersion} gets`} aria-valuenow={rollout.weight} aria-valuemin={0} aria-valuemax={100}>
        <span class="canary-fill" style={{ width: `${rollout.weight}%` }} />
        {steps.map((step) => (
          <span key={step} class="canary-step" style={{ left: `${step}%` }} title={`Step at ${step}%`} />
        ))}
      </div>
    </div>
  );
}

function Journal({ entries }: { readonly entries: readonly JournalEntry[] | undefined }): VNode | null {
  if (entries?.length === 0) {
    return null;
  }
  return (
    <details class="journal">
      <summary>Journal{entries !== undefined && ` (${formatNumber(entries.length)})`}</summary>
      {entries === undefined ? <Skeleton rows={3} label="Loading the journal" /> : <JournalTable entries={entries} />}
    </details>
  );
}

function JournalTable({ entries }: { readonly entries: readonly JournalEntry[] }): VNode {
  return (
    <div class="table-scroll" role="region" aria-label="Journal" tabIndex={0}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Step</th>
            <th scope="col">What</th>
          </tr>
        </thead>
        <tbody>
          {[...entries].reverse().map((entry, index) => (
            <tr key={entries.length - index}>
              <td class="nowrap">{formatClock(entry.at)}</td>
              <td class="nowrap">{entry.label}</td>
              <td>
                {entry.event !== 'progress' && <Badge tone={entry.event === 'failed' ? 'bad' : entry.event === 'finished' ? 'good' : entry.event === 'started' ? 'neutral' : 'warning'}>{entry.event}</Badge>} {entry.message}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function LastRollout({ title, rollout, journal, task }: { readonly title: string; readonly task: Task } & Pick<RolloutProgressProps, 'rollout' | 'journal'>): VNode {
  const good = rollout.state === 'succeeded';
  const took = rollout.endedAt === undefined ? '' : ` in ${formatDuration(rollout.endedAt - rollout.startedAt)}`;
  const text = good ? `succeeded${took}` : `${rollout.state}${took}`;
  const watched = rollout.watchedUntil === undefined || rollout.watchedUntil <= now.value ? undefined : rollout.watchedUntil - now.value;
  const calm = good && !rollout.automatic;
  return (
    <section class="last-rollout" aria-label="Last rollout">
      <div class={calm ? 'last-line' : 'notice notice-bad'}>
        <Icon name={rollout.automatic ? 'discard' : good ? 'check' : rollout.state === 'cancelled' ? 'circle-slash' : 'error'} />
        <div class="notice-text">
          <p>
            <strong>{title}</strong> {text}, {strategyText(rollout.strategy)}, by {rollout.automatic ? 'itself' : rollout.requestedBy}, <RelativeTime at={rollout.endedAt ?? rollout.startedAt} />.
          </p>
          {rollout.automatic && <p>The endpoint went back by itself. {rollout.reason}.</p>}
          {!good && rollout.message !== '' && <p>{rollout.message}</p>}
          {watched !== undefined && <p>Watched for another {formatDuration(watched)}: the endpoint goes back to v{rollout.fromVersion} by itself when requests fail.</p>}
          {isOffered(rollout.allowable) && <Allowances rollout={rollout} task={task} />}
        </div>
      </div>
      {rollout.comparison !== undefined && rollout.comparison.checks.length > 0 && <Evidence rollout={rollout} comparison={rollout.comparison} />}
      <Journal entries={journal} />
    </section>
  );
}

/** What the release was judged by last, folded. */
function Evidence({ rollout, comparison }: { readonly rollout: RolloutSummary; readonly comparison: RolloutComparison }): VNode {
  const failed = comparison.checks.filter(({ state }) => state === 'failed').map(({ label }) => label.toLowerCase());
  return (
    <details class="journal">
      <summary>v{comparison.fresh.modelVersion} beside v{comparison.live.modelVersion}{failed.length > 0 && ` (failed: ${failed.join(', ')})`}</summary>
      <Comparison comparison={comparison} span={rollout.state === 'succeeded' ? 'before it' : 'live'} />
    </details>
  );
}

/** What it was refused for, which a person may allow. */
function Allowances({ rollout, task }: { readonly rollout: RolloutSummary; readonly task: Task }): VNode {
  const actions = useActions();
  return (
    <>
      <ul class="allowances" aria-label="To be allowed">
        {rollout.allowable.map((allowance) => (
          <li key={describeAllowance(allowance)}>{describeAllowance(allowance)}</li>
        ))}
      </ul>
      <div class="notice-actions">
        <Button icon="unlock" disabled={task.running.value} title="Shows what that means, and asks" onClick={() => { task.run(() => actions.command('slipway.allowAndDeploy', { endpoint: rollout.endpoint })); }}>
          Allow and Deploy Again…
        </Button>
      </div>
      {task.failure.value !== undefined && <Failure what="It was not deployed again." failure={task.failure.value} onDismiss={task.clear} />}
    </>
  );
}
