import colors from 'picocolors';
import type { CompanionClient } from '../client/companionClient.ts';
import type { RunArtifacts } from '../contract/artifacts.ts';
import { formatBytes } from '../contract/format/bytes.ts';
import { isDigest } from '../contract/format/digests.ts';
import { formatAge, formatDuration } from '../contract/format/durations.ts';
import { plural } from '../contract/format/plural.ts';
import { labelsWithin, parentRunTag } from '../contract/nestedRuns.ts';
import { byTelling, tellingMetrics } from '../contract/primaryMetric.ts';
import { childrenFilter, sourceOf, versionsOfRun, type VersionOfRun } from '../contract/runTies.ts';
import type { ComparisonRow, Run } from '../contract/tracking.ts';
import { facts, formatMetric, short, table } from './output.ts';

/** All that is known of a run. */
export interface RunDetails {
  readonly run: Run;
  readonly experiment: string;
  /** Its params, data, code, signature, environment and tags; each has one value. */
  readonly rows: readonly ComparisonRow[];
  readonly children: readonly Run[];
  readonly versions: readonly VersionOfRun[];
  readonly files: RunArtifacts;
}

/** @throws CallFailure `not-found` */
export async function readRunDetails(client: CompanionClient, runId: string): Promise<RunDetails> {
  const run = await client.call('getRun', { runId });
  const filter = childrenFilter(runId);
  const [{ rows }, { experiments }, { models }, listed, children] = await Promise.all([
    client.call('compareRuns', { runIds: [runId] }),
    client.call('listExperiments', {}),
    client.call('listModels', {}),
    client.call('listRunArtifacts', { runIds: [runId], all: true }),
    filter === undefined ? { runs: [] } : client.call('listRuns', { filter, limit: 1000 }),
  ]);
  return {
    run,
    experiment: experiments.find(({ experimentId }) => experimentId === run.experimentId)?.name ?? run.experimentId,
    rows,
    children: [...children.runs].sort((a, b) => a.startedAt - b.startedAt),
    versions: versionsOfRun(run, models),
    files: listed.runs[0] ?? { runId, files: [], truncated: false },
  };
}

/** A run with everything that it has, for people. */
export function describeRun({ run, experiment, rows, children, versions, files }: RunDetails): string {
  const source = sourceOf(run);
  const parent = run.tags[parentRunTag];
  const labels = labelsWithin(children);
  const about = facts([
    ['run', `${colors.bold(run.name)}  ${run.runId}`],
    ['experiment', experiment],
    ['state', run.status.toLowerCase()],
    ['started', `${formatAge(run.startedAt)}${run.endedAt === undefined ? '' : `, took ${formatDuration(run.endedAt - run.startedAt)}`}${run.user === '' ? '' : `, by ${run.user}`}`],
    ...(source === undefined ? [] : [['source', source] as const]),
    ...(parent === undefined ? [] : [['within', parent] as const]),
    ['models', versions.length > 0 ? versions.map(({ model, version, aliases }) => `${model} ${version}${aliases.map((alias) => ` @${alias}`).join('')}`).join(', ') : run.models.length > 0 ? `${run.models.map(({ name }) => name).join(', ')} (not registered)` : '-'],
    ...(run.tags['mlflow.note.content'] === undefined ? [] : [['note', run.tags['mlflow.note.content']] as const]),
  ]);
  const part = (title: string, body: string): string[] => ['', colors.bold(title), body];
  const metrics = byTelling(Object.keys(run.metrics)).map((metric) => [metric, formatMetric(run.metrics[metric])]);
  const kinds: readonly (readonly [ComparisonRow['kind'], string])[] = [['param', 'Params'], ['data', 'Data'], ['code', 'Code'], ['signature', 'Signature'], ['environment', 'Environment'], ['tag', 'Tags']];
  return [
    about,
    ...(metrics.length === 0 ? [] : part('Metrics', table(['metric', '>value'], metrics, ''))),
    ...kinds.flatMap(([kind, title]) => {
      const own = rows.filter((row) => row.kind === kind).map(({ key, values: [value] }) => [key, isDigest(String(value)) ? short(String(value)) : String(value ?? '-')]);
      return own.length === 0 ? [] : part(title, table(['name', 'value'], own, ''));
    }),
    ...(children.length === 0 ? [] : part('Runs within it', table(['run', 'name', 'metrics'], children.map((child) => [short(child.runId), labels.get(child) ?? child.name, tellingMetrics(child.metrics, 3).map(([metric, value]) => `${metric} ${formatMetric(value)}`).join(', ')]), ''))),
    ...part('Files', files.elsewhere === undefined ? table(['file', '>size'], files.files.map(({ path, bytes }) => [path, formatBytes(bytes)]), 'None.') : `They are kept at ${files.elsewhere}.`),
    ...(files.truncated ? [colors.dim(`The first ${plural(files.files.length, 'file')}.`)] : []),
  ].join('\n');
}
