import type { SharedComparison } from '../contract/format/comparisonPage.ts';
import { mostSharedCurves } from '../contract/format/comparisonStyle.ts';
import { agreedTags, byTelling, coverageOf, primaryMetricOf } from '../contract/primaryMetric.ts';
import { championAlias } from '../contract/registry.ts';
import { mostComparedRuns, type MetricSeries, type Run } from '../contract/tracking.ts';
import type { CompanionClient } from './companionClient.ts';

type Calls = Pick<CompanionClient, 'call'>;

/** Metrics whose histories are asked for, those that tell most first; so many in a call. */
const [mostMetrics, metricsInCall] = [150, 50];
const pointsOfCurve = 160;

export interface ComparisonWish {
  /** In the order in which they are shown. */
  readonly runIds: readonly string[];
  /** The run that the others are compared with; else the one that a champion was made by. */
  readonly referenceId?: string | undefined;
  /** Of the editor's links. */
  readonly scheme?: string;
}

/**
 * Asks for all that a page that compares runs shows.
 * @throws CallFailure
 */
export async function gatherComparison(client: Calls, { runIds, referenceId, scheme = 'vscode' }: ComparisonWish, signal?: AbortSignal): Promise<SharedComparison> {
  const wanted = [...new Set(runIds)];
  const [{ runs, rows }, { experiments }] = await Promise.all([client.call('compareRuns', { runIds: wanted.slice(0, mostComparedRuns) }, signal), client.call('listExperiments', {}, signal)]);
  const own = experiments.filter(({ experimentId }) => runs.some((run) => run.experimentId === experimentId));
  const tags = agreedTags(own.map((experiment) => experiment.tags));
  return {
    title: own.map(({ name }) => name).join(', '),
    runs,
    rows,
    series: await curvesOf(client, runs.slice(0, mostSharedCurves), signal),
    primary: primaryMetricOf(tags, coverageOf(runs)),
    tags,
    referenceId: referenceId ?? (await championOf(client, runs, signal)),
    left: wanted.length - runs.length,
    scheme,
    madeAt: Date.now(),
  };
}

async function curvesOf(client: Calls, runs: readonly Run[], signal: AbortSignal | undefined): Promise<readonly MetricSeries[]> {
  const metrics = byTelling(new Set(runs.flatMap((run) => Object.keys(run.metrics)))).slice(0, mostMetrics);
  const found: MetricSeries[] = [];
  for (let from = 0; from < metrics.length; from += metricsInCall) {
    const { series } = await client.call('getMetricSeries', { runIds: runs.map(({ runId }) => runId), keys: metrics.slice(from, from + metricsInCall), maxPoints: pointsOfCurve }, signal);
    found.push(...series);
  }
  return found;
}

async function championOf(client: Calls, runs: readonly Run[], signal: AbortSignal | undefined): Promise<string | undefined> {
  const { models } = await client.call('listModels', {}, signal);
  const champions = models.flatMap(({ aliases, versions }) => versions.find(({ version }) => version === aliases[championAlias])?.lineage.runId ?? []);
  return runs.find(({ runId }) => champions.includes(runId))?.runId;
}
