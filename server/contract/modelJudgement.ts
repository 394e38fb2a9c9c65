import { coverageOf, primaryMetricOf, type PrimaryMetric } from './primaryMetric.ts';
import type { RegisteredModel } from './registry.ts';
import type { Experiment } from './tracking.ts';

/** The tags of the experiment that a model's latest version came from; none where that is not known. */
export function tagsOfModel({ versions }: RegisteredModel, experiments: readonly Experiment[]): Experiment['tags'] {
  const latest = versions.filter(({ lineage }) => lineage.experimentId !== undefined).sort((a, b) => b.version - a.version)[0];
  return experiments.find(({ experimentId }) => experimentId === latest?.lineage.experimentId)?.tags ?? {};
}

/** The metric by which the versions of a model are judged. @param tags of {@link tagsOfModel} */
export function primaryMetricOfModel({ versions }: RegisteredModel, tags: Experiment['tags']): PrimaryMetric | undefined {
  return primaryMetricOf(tags, coverageOf(versions.map(({ metrics, createdAt }) => ({ metrics, tags: {}, startedAt: createdAt }))));
}
