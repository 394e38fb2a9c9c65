import { computed, effect, type ReadonlySignal } from '@preact/signals';
import type { ChosenDirection } from '../../server/contract/metricDirection.ts';
import { parentRunTag } from '../../server/contract/nestedRuns.ts';
import { agreedTags, primaryMetricOf, type MetricCoverage, type PrimaryMetric } from '../../server/contract/primaryMetric.ts';
import type { Experiment } from '../../server/contract/tracking.ts';
import type { Host } from '../ui/host.ts';
import { createResource } from '../ui/resource.ts';
import type { RunTable } from './runTable.ts';

/** By what the runs of the table are judged. */
export interface Judgement {
  /** By their ids. */
  readonly experiments: ReadonlySignal<ReadonlyMap<string, Experiment>>;
  /** Those of the runs of the table. */
  readonly ids: ReadonlySignal<readonly string[]>;
  /** Changes something of each of them, and reads them again. */
  readonly ofAll: (change: (experimentId: string) => Promise<unknown>) => Promise<void>;
  /** What the experiments of the runs agree on. */
  readonly tags: ReadonlySignal<Experiment['tags']>;
  readonly primary: ReadonlySignal<PrimaryMetric | undefined>;
  /** Makes a metric the primary one of the experiments of the runs; null leaves it to the names of metrics. */
  readonly choosePrimary: (metric: string | null) => Promise<void>;
  /** Says which values of a metric are better in the experiments of the runs; null leaves it to its name. */
  readonly chooseDirection: (metric: string, direction: ChosenDirection | null) => Promise<void>;
}

const noTags: Experiment['tags'] = {};

export function createJudgement(host: Host<'compare'>, table: ReadonlySignal<RunTable>): Judgement {
  const listed = createResource<ReadonlyMap<string, Experiment>>(async (_show, signal) => {
    const answer = await host.call('listExperiments', {}, signal);
    return new Map(answer.experiments.map((experiment) => [experiment.experimentId, experiment]));
  });
  const experiments = computed<ReadonlyMap<string, Experiment>>(() => listed.value.value ?? new Map());
  const idsText = computed(() => [...new Set(table.value.runs.map(({ experimentId }) => experimentId))].sort().join('\n'));
  const ids = computed<readonly string[]>(() => (idsText.value === '' ? [] : idsText.value.split('\n')));
  const tags = computed(() => agreedTags(ids.value.map((id) => experiments.value.get(id)?.tags ?? noTags)));
  effect(() => {
    // Read when there are runs of an experiment that was not there before.
    if (ids.value.length > 0) {
      listed.refresh();
    }
  });
  host.onReconnect(listed.refresh);
  host.onEvent((event) => {
    if (event.topic === 'experiments' && (event.experimentId === undefined || ids.peek().includes(event.experimentId))) {
      listed.refresh();
    }
  });
  const ofAll = async (change: (experimentId: string) => Promise<unknown>): Promise<void> => {
    for (const experimentId of ids.peek()) {
      await change(experimentId);
    }
    listed.refresh();
  };
  return {
    experiments,
    ids,
    ofAll,
    tags,
    primary: computed(() => primaryMetricOf(tags.value, coverageOfTable(table.value))),
    choosePrimary: (metric) => ofAll((experimentId) => host.call('setPrimaryMetric', { experimentId, metric })),
    chooseDirection: (metric, direction) => ofAll((experimentId) => host.call('setMetricDirection', { experimentId, metric, direction })),
  };
}

/** How many runs have which metric; runs within others count where there are no others, as in `coverageOf` of the contract. */
function coverageOfTable({ runs, metrics, rowOf }: RunTable): Map<string, MetricCoverage> {
  const measured = runs.flatMap((run) => {
    const row = rowOf(run.runId);
    return row === undefined ? [] : [{ row, startedAt: run.startedAt, within: run.tags[parentRunTag] !== undefined }];
  });
  const of = (rows: typeof measured): Map<string, MetricCoverage> => {
    const coverage = new Map<string, MetricCoverage>();
    for (const { key, values, nan } of metrics.values()) {
      let [count, latest] = [0, 0];
      for (const { row, startedAt } of rows) {
        if (!Number.isNaN(values[row]) || nan.has(row)) {
          count += 1;
          latest = Math.max(latest, startedAt);
        }
      }
      if (count > 0) {
        coverage.set(key, { runs: count, latest });
      }
    }
    return coverage;
  };
  const own = of(measured.filter(({ within }) => !within));
  return own.size > 0 ? own : of(measured);
}
