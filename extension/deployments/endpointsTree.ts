import { MarkdownString } from 'vscode';
import { waitsForSomebody } from '../../server/contract/attention.ts';
import { isOffered } from '../../server/contract/allowances.ts';
import { plural } from '../../server/contract/format/plural.ts';
import type { Connection } from '../companion/connection.ts';
import { isUnderWay, versionOf, type Endpoint, type EndpointRelease, type EndpointState, type EndpointSummary, type Readiness, type Replica, type ReplicaState, type Rollout, type RolloutState } from '../../server/contract/deployments.ts';
import { lookUp } from '../../server/contract/unknown.ts';
import { escapeMarkdown } from '../vscode/format.ts';
import { shortDigest } from '../../server/contract/format/digests.ts';
import { formatAge } from '../../server/contract/format/durations.ts';
import { describeLoss } from '../../server/contract/format/losses.ts';
import { createTree, type Tree, type TreeNode, treeNode } from '../vscode/trees.ts';

interface Look {
  readonly icon: string;
  readonly color?: string;
}

/** Of a state that a newer companion has learned since: its word says what it is. */
const unknownLook: Look = { icon: 'question' };

const endpointLooks: Readonly<Record<EndpointState, Look>> = {
  empty: { icon: 'circle-large-outline' },
  'rolling-out': { icon: 'sync~spin', color: 'charts.blue' },
  live: { icon: 'broadcast', color: 'charts.green' },
  degraded: { icon: 'warning', color: 'list.warningForeground' },
  stopped: { icon: 'debug-stop', color: 'disabledForeground' },
  failed: { icon: 'error', color: 'list.errorForeground' },
};

const replicaLooks: Readonly<Record<ReplicaState, Look>> = {
  starting: { icon: 'sync~spin', color: 'charts.blue' },
  ready: { icon: 'pass', color: 'testing.iconPassed' },
  unhealthy: { icon: 'warning', color: 'list.warningForeground' },
  paused: { icon: 'debug-pause' },
  stopped: { icon: 'debug-stop', color: 'disabledForeground' },
  failed: { icon: 'error', color: 'list.errorForeground' },
};

const rolloutLooks: Readonly<Record<RolloutState, Look>> = {
  running: { icon: 'sync~spin', color: 'charts.blue' },
  held: { icon: 'debug-pause', color: 'list.warningForeground' },
  succeeded: { icon: 'pass', color: 'testing.iconPassed' },
  failed: { icon: 'error', color: 'testing.iconFailed' },
  cancelled: { icon: 'circle-slash' },
};

const readinessIcons: Readonly<Record<Readiness, string>> = {
  live: 'broadcast',
  warm: 'flame',
  cold: 'archive',
  unavailable: 'circle-slash',
};

/** More endpoints than these are closed at first: what is below one is asked for when it is opened. */
const openedAtFirst = 3;

/** Endpoints, each with its rollout, releases and replicas below. */
export function createEndpointsTree(connection: Connection): Tree {
  return createTree('slipway.endpoints', async () => {
    if ((await connection.available()) === undefined) {
      return [];
    }
    const { endpoints } = await connection.call('listEndpoints', {});
    return endpoints.map((endpoint) => endpointNode(connection, endpoint, endpoints.length <= openedAtFirst));
  });
}

function endpointNode(connection: Connection, endpoint: EndpointSummary, expanded: boolean): TreeNode {
  const { name, state, liveVersion, model, targetLabel, rollout } = endpoint;
  const active = rollout !== undefined && isUnderWay(rollout) ? rollout : undefined;
  const version = liveVersion === undefined ? [] : [`${model} ${liveVersion}`];
  const waits = active !== undefined && waitsForSomebody(active);
  const progress = active === undefined ? [] : [waits ? `waits for you at ${active.weight}%` : `${active.stepLabel} ${active.weight}%`];
  const description = [...version, state, ...progress, targetLabel].join(' · ');
  const marks = [state, ...(active === undefined ? [] : ['active', active.state]), ...(endpoint.releaseCount > 1 ? ['previous'] : [])];
  return treeNode(
    {
      id: `endpoint:${name}`,
      label: name,
      description,
      tooltip: endpointTooltip(endpoint),
      ...(waits ? rolloutLooks.held : (lookUp(endpointLooks, state) ?? unknownLook)),
      context: `.endpoint.${marks.join('.')}.`,
      expanded,
      spoken: `Endpoint ${name}, ${description}`,
    },
    { endpoint: name },
    async () => nodesBelow(await connection.call('getEndpoint', { name })),
  );
}

function nodesBelow(endpoint: Endpoint): TreeNode[] {
  const { rollout, history, replicas } = endpoint;
  const shown = rollout !== undefined && (isUnderWay(rollout) || rollout.state === 'failed') ? [rollout] : [];
  return [...shown.map(rolloutNode), ...history.map((release) => releaseNode(endpoint, release)), ...replicas.map((replica) => replicaNode(endpoint, replica))];
}

function endpointTooltip({ name, url, message, logLoss, route, state }: EndpointSummary): MarkdownString {
  const shares = [...route.weights.map(({ modelVersion, weight }) => `version ${modelVersion}: ${weight}%`), ...route.byHeader.map(({ modelVersion, release }) => `version ${modelVersion}: by header${release === route.shadow?.release ? `, shadow of ${route.shadow.percent}%` : ''}`)];
  const lines = [`**${escapeMarkdown(name)}** ${state}`, escapeMarkdown(message), ...(logLoss === undefined ? [] : [escapeMarkdown(describeLoss(logLoss))]), `\`${url}/invocations\``, ...(shares.length === 0 ? [] : [`Traffic: ${shares.join(', ')}`])];
  return new MarkdownString(lines.filter((line) => line !== '').join('\n\n'));
}

function rolloutNode(rollout: Rollout): TreeNode {
  const what = rollout.kind === 'rollback' ? 'Rollback' : 'Rollout';
  return treeNode(
    {
      id: `rollout:${rollout.id}`,
      label: `${what} to version ${rollout.toVersion}`,
      description: `${rollout.state === 'running' ? rollout.stepLabel : rollout.state} · ${rollout.weight}% · ${rollout.message}`,
      tooltip: rollout.journal.slice(-12).map(({ at, label, message }) => `${new Date(at).toLocaleTimeString()} ${label}: ${message}`).join('\n'),
      ...(lookUp(rolloutLooks, rollout.state) ?? unknownLook),
      context: `.rollout.${rollout.state}.${isOffered(rollout.allowable) ? 'allowable.' : ''}`,
    },
    { endpoint: rollout.endpoint, rollout: rollout.id },
  );
}

function releaseNode(endpoint: Endpoint, { release, modelVersion, readiness, reason, liveFrom }: EndpointRelease): TreeNode {
  const weight = endpoint.route.weights.find((share) => share.release === release)?.weight;
  const share = weight === undefined || weight === 0 ? [] : [`${weight}% of the traffic`];
  return treeNode(
    {
      id: `release:${endpoint.name}:${release}`,
      label: `Version ${modelVersion}`,
      description: [readiness, ...share, shortDigest(release)].join(' · '),
      tooltip: `Release ${release}\nLive from ${new Date(liveFrom).toLocaleString()} (${formatAge(liveFrom)})${reason === undefined ? '' : `\n${reason}`}`,
      icon: lookUp(readinessIcons, readiness) ?? unknownLook.icon,
      color: readiness === 'live' ? 'charts.green' : undefined,
      context: `.release.${readiness}.`,
    },
    { endpoint: endpoint.name, release, model: endpoint.model, version: modelVersion },
  );
}

function replicaNode(endpoint: Endpoint, replica: Replica): TreeNode {
  const restarts = replica.restarts === 0 ? [] : [plural(replica.restarts, 'restart')];
  const version = versionOf(endpoint, replica.release);
  return treeNode(
    {
      id: `replica:${replica.id}`,
      label: version === undefined ? `Replica ${shortDigest(replica.id)}` : `Replica of version ${version}`,
      description: [replica.state, ...replica.addresses, ...restarts].join(' · '),
      tooltip: [`Replica ${replica.id}`, replica.handleLabel ?? '', replica.message ?? ''].filter((line) => line !== '').join('\n'),
      ...(lookUp(replicaLooks, replica.state) ?? unknownLook),
      context: `.replica.${replica.state}.`,
    },
    { endpoint: endpoint.name, replica: replica.id },
  );
}
