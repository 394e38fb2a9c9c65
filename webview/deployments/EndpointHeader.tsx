import type { VNode } from 'preact';
import { isUnderWay, type EndpointState, type EndpointSummary } from '../../server/contract/deployments.ts';
import { lookUp } from '../../server/contract/unknown.ts';
import { useActions, type Task } from '../ui/actions.ts';
import { Badge, CopyButton, Digest, ToolButton, type Tone } from '../ui/blocks.tsx';
import { Button } from '../ui/toolkit.ts';
import { rollbackTarget } from './endpointReleases.ts';
import type { ReleasesStore } from './store.ts';

const states: Readonly<Record<EndpointState, { readonly tone: Tone; readonly icon: string; readonly label: string }>> = {
  empty: { tone: 'neutral', icon: 'circle-outline', label: 'empty' },
  'rolling-out': { tone: 'warning', icon: 'sync', label: 'rolling out' },
  live: { tone: 'good', icon: 'broadcast', label: 'live' },
  degraded: { tone: 'warning', icon: 'warning', label: 'degraded' },
  stopped: { tone: 'neutral', icon: 'debug-stop', label: 'stopped' },
  failed: { tone: 'bad', icon: 'error', label: 'failed' },
};

interface EndpointHeaderProps {
  readonly store: ReleasesStore;
  readonly endpoint: EndpointSummary;
  readonly task: Task;
}

/** What serves now, where, and the two things one does with it. */
export function EndpointHeader({ store, endpoint, task }: EndpointHeaderProps): VNode {
  const actions = useActions();
  const { tone, icon, label } = lookUp(states, endpoint.state) ?? { tone: 'neutral', icon: 'question', label: endpoint.state };
  const detail = store.detail.value.value;
  const target = detail === undefined ? undefined : rollbackTarget(detail);
  const rolling = endpoint.rollout !== undefined && isUnderWay(endpoint.rollout);
  const refusal = rolling
    ? 'A rollout is going on: cancel it to stay on the live release'
    : target !== undefined
      ? undefined
      : detail === undefined
        ? 'The history is not there yet'
        : detail.history.length > 1
          ? 'No earlier release is left that can run; the history has the others'
          : 'There is no earlier release';
  const message = messageOf(endpoint);
  return (
    <section class="card endpoint" aria-label="Live release">
      <div class="endpoint-live">
        <Badge tone={tone} icon={icon}>
          {label}
        </Badge>
        {endpoint.liveVersion === undefined ? (
          <span class="endpoint-version">No live release</span>
        ) : (
          <span class="endpoint-version">
            {endpoint.model} v{endpoint.liveVersion}
          </span>
        )}
        {endpoint.liveRelease !== undefined && <Digest value={endpoint.liveRelease} label="digest of the live release" />}
        <span class="muted">{endpoint.targetLabel}</span>
        <div class="panel-actions">
          <Button icon="rocket" onClick={() => { task.run(() => actions.command('slipway.deployModel', { model: endpoint.model })); }}>
            Deploy
          </Button>
          <Button
            icon="discard"
            disabled={refusal !== undefined}
            title={refusal ?? (target?.readiness === 'warm' ? 'Its replicas run: the traffic moves at once' : 'It is started and checked first; the live release serves until then')}
            onClick={() => {
              store.rollbackTo.value = target?.release;
            }}
          >
            {refusal === undefined && target !== undefined ? `Roll back to v${target.modelVersion}, ${target.readiness}` : 'Roll Back'}
          </Button>
        </div>
      </div>
      {message !== undefined && <p class={endpoint.state === 'failed' || endpoint.state === 'degraded' ? 'endpoint-message tone-warning' : 'endpoint-message muted'}>{message}</p>}
      <div class="endpoint-url">
        <code title={endpoint.url}>{endpoint.url}</code>
        <CopyButton text={endpoint.url} label="Copy URL" />
        {endpoint.liveVersion !== undefined && (
          <>
            <ToolButton icon="terminal" text label="Copy curl" onClick={() => { task.run(() => actions.command('slipway.copyCurl', { endpoint: endpoint.name })); }} />
            <ToolButton icon="book" text label="Documentation" onClick={() => { task.run(() => actions.command('slipway.openEndpointDocs', { endpoint: endpoint.name })); }} />
          </>
        )}
      </div>
      {endpoint.route.weights.length > 1 && <TrafficBar endpoint={endpoint} />}
      {endpoint.route.byHeader.length > 0 && <NamedReleases endpoint={endpoint} task={task} />}
    </section>
  );
}

/** The releases without a share that answer requests which name them. */
function NamedReleases({ endpoint, task }: { readonly endpoint: EndpointSummary; readonly task: Task }): VNode {
  const actions = useActions();
  return (
    <ul class="named-releases" aria-label="Releases by header">
      {endpoint.route.byHeader.map(({ release, modelVersion }) => (
        <li key={release}>
          <span class="muted">
            v{modelVersion} has no traffic; it answers requests with <code>x-slipway-release: v{modelVersion}</code>
            {release === endpoint.route.shadow?.release && `, and copies of ${endpoint.route.shadow.percent}% of the others, to nobody`}
          </span>
          <ToolButton icon="beaker" text label={`Try v${modelVersion}`} onClick={() => { task.run(() => actions.command('slipway.sendTestRequest', { endpoint: endpoint.name, release })); }} />
        </li>
      ))}
    </ul>
  );
}

/** What is to be said of the endpoint that its state and its rollout, which is shown below, do not say. */
function messageOf({ message, state, rollout }: EndpointSummary): string | undefined {
  return message === '' || message === rollout?.message || state === 'live' || state === 'rolling-out' ? undefined : message;
}

/** Shares of the traffic by release. */
function TrafficBar({ endpoint }: { readonly endpoint: EndpointSummary }): VNode {
  const shares = endpoint.route.weights.map(({ release, modelVersion, weight }) => ({ release, weight, label: `v${modelVersion}`, live: release === endpoint.liveRelease }));
  return (
    <div class="traffic" role="img" aria-label={`Traffic: ${shares.map(({ label, weight }) => `${label} ${weight}%`).join(', ')}`}>
      {shares
        .filter(({ weight }) => weight > 0)
        .map(({ release, weight, label, live }) => (
          <span key={release} class={live ? 'traffic-part' : 'traffic-part traffic-new'} style={{ flexGrow: String(weight) }}>
            <span>
              {label} {weight}%
            </span>
          </span>
        ))}
    </div>
  );
}
