import { MarkdownString } from 'vscode';
import { plural } from '../../server/contract/format/plural.ts';
import { primaryMetricOfModel, tagsOfModel } from '../../server/contract/modelJudgement.ts';
import { tellingMetrics } from '../../server/contract/primaryMetric.ts';
import type { Connection } from '../companion/connection.ts';
import type { EndpointSummary } from '../../server/contract/deployments.ts';
import type { ModelVersion, RegisteredModel } from '../../server/contract/registry.ts';
import { asMetric, escapeMarkdown } from '../vscode/format.ts';
import { formatBytes } from '../../server/contract/format/bytes.ts';
import { shortDigest } from '../../server/contract/format/digests.ts';
import { formatAge } from '../../server/contract/format/durations.ts';
import { createTree, type Tree, type TreeNode, treeNode } from '../vscode/trees.ts';
import { modelTooltip } from './aliasHistory.ts';

/** Registered models with their versions; a version that an endpoint serves says so. */
export function createModelsTree(connection: Connection): Tree {
  return createTree('slipway.models', async () => {
    if ((await connection.available()) === undefined) {
      return [];
    }
    const [{ models }, { endpoints }, { experiments }] = await Promise.all([connection.call('listModels', {}), connection.call('listEndpoints', {}), connection.call('listExperiments', {})]);
    const judged = (model: RegisteredModel): string | undefined => primaryMetricOfModel(model, tagsOfModel(model, experiments))?.metric;
    return models.map((model, index) => ({ ...modelNode(model, { endpoints, primary: judged(model) }, index === 0), loadTooltip: () => modelTooltip(connection, model) }));
  });
}

/** Names of the endpoints whose live release is a version. */
export function liveOn(version: ModelVersion, endpoints: readonly EndpointSummary[]): string[] {
  const isLive = (endpoint: EndpointSummary): boolean => endpoint.model === version.name && endpoint.liveVersion === version.version && endpoint.liveServer === version.server;
  return endpoints.filter(isLive).map(({ name }) => name);
}

interface Surroundings {
  readonly endpoints: readonly EndpointSummary[];
  /** The metric by which the versions of the model are judged. */
  readonly primary: string | undefined;
}

function modelNode(model: RegisteredModel, surroundings: Surroundings, expanded: boolean): TreeNode {
  const versions = plural(model.versions.length, 'version');
  const champion = model.aliases['champion'];
  return treeNode(
    {
      id: `model:${model.name}`,
      label: model.name,
      description: champion === undefined ? versions : `${versions} · @champion ${champion}`,
      icon: 'package',
      context: '.model.',
      expanded,
    },
    { model: model.name },
    () => [...model.versions].sort((a, b) => b.version - a.version).map((version) => versionNode(version, surroundings)),
  );
}

function versionNode(version: ModelVersion, { endpoints, primary }: Surroundings): TreeNode {
  const value = primary === undefined ? undefined : version.metrics[primary];
  const live = liveOn(version, endpoints);
  const aliases = version.aliases.map((alias) => `@${alias}`);
  const description = [...(value === undefined ? [] : [`${primary} ${asMetric(value)}`]), ...aliases, ...live.map((endpoint) => `live on ${endpoint}`), formatAge(version.createdAt)].join(' · ');
  return treeNode(
    {
      id: `version:${version.name}:${version.version}`,
      label: `Version ${version.version}`,
      description,
      tooltip: versionTooltip(version, live),
      icon: live.length > 0 ? 'broadcast' : 'tag',
      color: live.length > 0 ? 'charts.green' : undefined,
      context: `.version.${live.length > 0 ? 'live.' : ''}${version.lineage.cell === undefined ? '' : 'cell.'}`,
      spoken: `${version.name} version ${version.version}, ${description}`,
    },
    { model: version.name, version: version.version, cell: version.lineage.cell },
  );
}

function versionTooltip(version: ModelVersion, live: readonly string[]): MarkdownString {
  const { git, cell, data } = version.lineage;
  const metrics = tellingMetrics(version.metrics, 8).map(([key, value]) => `${escapeMarkdown(key)} ${escapeMarkdown(asMetric(value))}`);
  const lines = [
    `**${escapeMarkdown(version.name)} ${version.version}** · ${version.flavors.map(escapeMarkdown).join(', ')}${version.bytes === undefined ? '' : ` · ${formatBytes(version.bytes)}`}`,
    ...(version.description === '' ? [] : [escapeMarkdown(version.description)]),
    ...(live.length === 0 ? [] : [`Live on ${live.map(escapeMarkdown).join(', ')}`]),
    ...(version.digest === undefined ? [] : [`Digest \`${shortDigest(version.digest)}\``]),
    ...(metrics.length === 0 ? [] : [metrics.join(', ')]),
    ...(git === undefined ? [] : [`Commit \`${shortDigest(git.commit)}\`${git.dirty ? ' with uncommitted changes' : ''}`]),
    ...(cell === undefined ? [] : [`Cell ${cell.cellIndex + 1} of ${escapeMarkdown(cell.notebook)}`]),
    ...data.map(({ path, sha256 }) => `Data ${escapeMarkdown(path)} \`${shortDigest(sha256)}\``),
  ];
  return new MarkdownString(lines.join('\n\n'));
}
