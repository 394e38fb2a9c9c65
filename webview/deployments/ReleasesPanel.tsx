import type { VNode } from 'preact';
import type { EndpointSummary } from '../../server/contract/deployments.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { useActions, useTask } from '../ui/actions.ts';
import { Empty, Failure, Icon, Section, Skeleton, ToolButton } from '../ui/blocks.tsx';
import { formatDuration } from '../../server/contract/format/durations.ts';
import { Dropdown } from '../ui/toolkit.ts';
import { BatchSchedules } from './BatchSchedules.tsx';
import { Differences } from './Differences.tsx';
import { EndpointHeader } from './EndpointHeader.tsx';
import { Rehearsal } from './Rehearsal.tsx';
import { Replicas } from './Replicas.tsx';
import { RollbackDialog } from './RollbackDialog.tsx';
import { RolloutProgress } from './RolloutProgress.tsx';
import { ServingSettings } from './ServingSettings.tsx';
import { Shadow } from './Shadow.tsx';
import { Timeline } from './Timeline.tsx';
import type { ReleasesStore } from './store.ts';

/** One endpoint: what serves, what is on its way, what served before, and the way back. */
export function ReleasesPanel({ store }: { readonly store: ReleasesStore }): VNode {
  const actions = useActions();
  const task = useTask();
  const { endpoints } = store;
  const list = endpoints.value.value;
  const failure = endpoints.failure.value;
  const endpoint = store.endpoint.value;
  const detail = store.detail.value.value;
  const detailFailure = store.detail.failure.value;
  const taskFailure = task.failure.value !== undefined && <Failure what="That did not work." failure={task.failure.value} onDismiss={task.clear} />;

  if (list === undefined) {
    return failure === undefined ? <Skeleton rows={8} label="Loading endpoints" /> : <Failure what="The endpoints could not be loaded." failure={failure} onRetry={endpoints.reset} />;
  }
  if (endpoint === undefined) {
    return (
      <>
        {taskFailure}
        <Empty icon="rocket" title="No endpoints" action={{ label: 'Deploy Model', icon: 'rocket', run: () => { task.run(() => actions.command('slipway.deployModel', {})); } }}>
          Deploy a registered model version. The endpoint keeps its URL from then on, whichever release it serves.
        </Empty>
      </>
    );
  }
  return (
    <div class="panel">
      <header class="panel-header">
        <h1 title={endpoint.name}>{endpoint.name}</h1>
        <div class="panel-actions">
          {list.length > 1 && (
            <Dropdown label="Endpoint" value={endpoint.name} choices={list.map(({ name }) => ({ value: name, label: name }))} onChange={store.showEndpoint} />
          )}
          <ToolButton icon="pulse" label="Monitoring" text onClick={() => { actions.show({ panel: 'monitoring', endpoint: endpoint.name }); }} />
          <ToolButton icon="output" label="Show logs" onClick={() => { task.run(() => actions.command('slipway.showLogs', { endpoint: endpoint.name })); }} />
          <ToolButton icon="refresh" label="Refresh" onClick={store.refresh} />
        </div>
      </header>
      {failure !== undefined && <Failure what="The endpoints could not be refreshed." failure={failure} onRetry={store.refresh} />}
      {failure === undefined && detail !== undefined && detailFailure !== undefined && <Failure what="The endpoint could not be refreshed." failure={detailFailure} onRetry={store.refresh} />}
      {taskFailure}
      <RollbackNotice store={store} />
      <EndpointHeader store={store} endpoint={endpoint} task={task} />
      {endpoint.rollout !== undefined && <RolloutProgress key={endpoint.rollout.id} store={store} endpoint={endpoint} rollout={endpoint.rollout} journal={detail?.rollout?.journal} />}
      {detail?.rollout?.rehearsal !== undefined && <Rehearsal report={detail.rollout.rehearsal} fresh={detail.rollout.toVersion} live={detail.rollout.fromVersion} />}
      {detail?.rollout?.shadow !== undefined && <Shadow report={detail.rollout.shadow} fresh={detail.rollout.toVersion} live={detail.rollout.fromVersion} />}
      <div class="release-columns">
        <HistorySection store={store} endpoint={endpoint} />
        {detail !== undefined && <Differences store={store} endpoint={detail} />}
        {detail === undefined && detailFailure === undefined && (
          <Section title="What differs">
            <Skeleton rows={6} label="Loading differences" />
          </Section>
        )}
      </div>
      <ServingSettings store={store} endpoint={endpoint} task={task} />
      <Section
        title="Replicas"
        note={String(endpoint.replicas.length)}
        actions={
          endpoint.liveRelease !== undefined && endpoint.state !== 'stopped' ? (
            <ToolButton icon="layers" label="Scale" text onClick={() => { task.run(() => actions.command('slipway.scaleEndpoint', { endpoint: endpoint.name })); }} />
          ) : undefined
        }
      >
        <Replicas endpoint={endpoint} task={task} />
      </Section>
      <BatchSchedules store={store} task={task} />
      {store.rollbackTo.value !== undefined && <RollbackDialog store={store} endpoint={endpoint} />}
    </div>
  );
}

/** When its releases were live, once both the times and the releases are there. */
function HistorySection({ store, endpoint }: { readonly store: ReleasesStore; readonly endpoint: EndpointSummary }): VNode {
  const detail = store.detail.value.value;
  const timeline = store.timeline.value.value;
  const missing = detail === undefined ? store.detail : store.timeline;
  const failure = missing.failure.value;
  return (
    <Section title="History" note={timeline === undefined ? plural(endpoint.releaseCount, 'release') : `${plural(endpoint.releaseCount, 'release')}, ${plural(timeline.times.length, 'time')} live`}>
      {detail !== undefined && timeline !== undefined ? (
        <>
          {failure !== undefined && <Failure what="The figures could not be refreshed." failure={failure} onRetry={store.timeline.refresh} />}
          <Timeline key={detail.name} store={store} endpoint={detail} timeline={timeline} />
        </>
      ) : failure === undefined ? (
        <Skeleton rows={6} label="Loading the history" />
      ) : (
        <Failure what="The history could not be loaded." failure={failure} onRetry={missing.reset} />
      )}
    </Section>
  );
}

/** How the rollback that was asked for here ended. */
function RollbackNotice({ store }: { readonly store: ReleasesStore }): VNode | null {
  const result = store.result.value;
  const rollout = store.endpoint.value?.rollout;
  if (result === undefined || result.endpoint !== store.endpoint.value?.name) {
    return null;
  }
  const same = rollout?.id === result.rolloutId ? rollout : undefined;
  if (same?.state === 'failed' || same?.state === 'cancelled') {
    return null;
  }
  const took = result.durationMs ?? (same?.endedAt === undefined ? undefined : same.endedAt - same.startedAt);
  const finished = took !== undefined;
  return (
    <div class={finished ? 'notice notice-good' : 'notice'} role="status">
      <Icon name={finished ? 'check' : 'sync'} spin={!finished} />
      <div class="notice-text">
        <p>
          {finished ? (
            <>
              <strong>Rolled back to version {result.toVersion}</strong> in {formatDuration(took)}.
            </>
          ) : (
            <>
              <strong>Going back to version {result.toVersion}.</strong> The release is being started; the live one serves until it is ready.
            </>
          )}
        </p>
      </div>
      <ToolButton icon="close" label="Dismiss" onClick={() => { store.result.value = undefined; }} />
    </div>
  );
}
