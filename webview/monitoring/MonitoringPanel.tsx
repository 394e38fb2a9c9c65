import type { VNode } from 'preact';
import { isUnwell } from '../../server/contract/monitoring.ts';
import { useActions, useTask, type Task } from '../ui/actions.ts';
import { CopyButton, Empty, Failure, RelativeTime, Segments, Skeleton, ToolButton } from '../ui/blocks.tsx';
import { Dropdown } from '../ui/toolkit.ts';
import { exampleCurl } from './exampleRequest.ts';
import { Baselines } from './Baselines.tsx';
import { Features } from './Features.tsx';
import { hasTraffic } from './headlineFigures.ts';
import { Headline } from './Headline.tsx';
import { PerformanceSection } from './Performance.tsx';
import { ReleaseSplit } from './ReleaseSplit.tsx';
import { Requests } from './Requests.tsx';
import { spanLabels, spans } from './span.ts';
import type { MonitoringStore, MonitoringView } from './store.ts';
import { TrafficCharts } from './TrafficCharts.tsx';
import { Standing } from './Standing.tsx';
import { Verdict } from './Verdict.tsx';

/** What an endpoint's traffic looks like, beside the data that its model was trained with. */
export function MonitoringPanel({ store }: { readonly store: MonitoringStore }): VNode {
  const actions = useActions();
  const task = useTask();
  const list = store.endpoints.value.value;
  const listFailure = store.endpoints.failure.value;
  const endpoint = store.endpoint.value;
  const view = store.view.value.value;
  const failure = store.view.failure.value;
  const at = store.view.at.value;

  if (list === undefined) {
    return listFailure === undefined ? <Skeleton rows={8} label="Loading endpoints" /> : <Failure what="The endpoints could not be loaded." failure={listFailure} onRetry={store.endpoints.reset} />;
  }
  const taskFailure = task.failure.value !== undefined && <Failure what="That did not work." failure={task.failure.value} onDismiss={task.clear} />;
  if (endpoint === undefined) {
    return (
      <>
        {taskFailure}
        <Empty icon="pulse" title="Nothing to watch yet" action={{ label: 'Deploy Model', icon: 'rocket', run: () => { task.run(() => actions.command('slipway.deployModel', {})); } }}>
          Deploy a model version. Its requests, errors, latency and input statistics appear here.
        </Empty>
      </>
    );
  }
  return (
    <div class="panel">
      <header class="panel-header">
        <h1 title={endpoint.name}>{endpoint.name}</h1>
        {at !== undefined && (
          <span class="muted">
            updated <RelativeTime at={at} />
          </span>
        )}
        <div class="panel-actions">
          {list.length > 1 && <Dropdown label="Endpoint" value={endpoint.name} choices={list.map(({ name }) => ({ value: name, label: name }))} onChange={store.showEndpoint} />}
          <ToolButton icon="checklist" label="Fleet" onClick={() => { actions.show({ panel: 'fleet' }); }} />
          <ToolButton icon="history" label="Releases" text onClick={() => { actions.show({ panel: 'releases', endpoint: endpoint.name }); }} />
          <ToolButton icon="play" label="Send test request" disabled={task.running.value} onClick={() => { task.run(store.sendTestRequest); }} />
          <ToolButton icon="refresh" label="Refresh" onClick={store.refresh} />
        </div>
      </header>
      <div class="toolbar">
        <Segments
          label="Time span"
          value={store.span.value}
          choices={spans.map((span) => ({
            value: span,
            label: span === 'auto' && store.span.value === 'auto' && view !== undefined ? `Auto (${spanLabels[view.span]})` : spanLabels[span],
            ...(span === 'auto' ? { title: 'The shortest span with requests in it' } : {}),
          }))}
          onChange={(span) => {
            store.span.value = span;
          }}
        />
      </div>
      {listFailure !== undefined && <Failure what="The endpoints could not be refreshed." failure={listFailure} onRetry={store.endpoints.refresh} />}
      {failure !== undefined && <Failure what="The statistics could not be loaded." failure={failure} onRetry={store.view.refresh} />}
      {taskFailure}
      {store.standing.value.value !== undefined && <Standing entry={store.standing.value.value} isUnwellInSpan={view?.data.verdict !== undefined && isUnwell(view.data.verdict)} />}
      {view === undefined && failure === undefined && <Skeleton rows={8} label="Loading statistics" />}
      {view !== undefined && <Traffic store={store} view={view} task={task} url={endpoint.url} />}
    </div>
  );
}

interface TrafficProps {
  readonly store: MonitoringStore;
  readonly view: MonitoringView;
  readonly task: Task;
  readonly url: string;
}

function Traffic({ store, view, task, url }: TrafficProps): VNode {
  const { data, span } = view;
  if (!hasTraffic(data)) {
    const curl = exampleCurl(url, data.features);
    return (
      <>
        <Empty
          icon="pulse"
          title={store.span.value === 'auto' ? 'No requests yet' : `No requests in the last ${spanLabels[span]}`}
          action={{ label: 'Send Test Request', icon: 'play', run: () => { task.run(store.sendTestRequest); } }}
        >
          <p>Send one from here, or from a terminal:</p>
          <div class="curl">
            <pre tabIndex={0} aria-label="Example request">
              <code>{curl}</code>
            </pre>
            <CopyButton text={curl} label="Copy command" />
          </div>
        </Empty>
        <PerformanceSection store={store} />
        <Baselines baselines={store.baselines} />
        {data.features.some(({ baseline }) => baseline !== null) && <Features data={data} store={store} />}
      </>
    );
  }
  return (
    <>
      {data.verdict !== undefined && <Verdict verdict={data.verdict} />}
      <Headline data={data} endpoint={store.endpoint.value} />
      <TrafficCharts data={data} />
      <ReleaseSplit store={store} data={data} />
      <PerformanceSection store={store} />
      <Baselines baselines={store.baselines} />
      <Features data={data} store={store} />
      <Requests store={store} />
    </>
  );
}
