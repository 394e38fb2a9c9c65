import { computed, effect, type ReadonlySignal } from '@preact/signals';
import type { RunArtifacts } from '../../server/contract/artifacts.ts';
import { parentRunTag } from '../../server/contract/nestedRuns.ts';
import { childrenFilter, versionsOfRun, type VersionOfRun } from '../../server/contract/runTies.ts';
import type { Run } from '../../server/contract/tracking.ts';
import type { Host } from '../ui/host.ts';
import type { PanelParts } from '../ui/mount.tsx';
import { createResource, type Resource } from '../ui/resource.ts';
import type { RunTable } from './runTable.ts';

/** What a run has beside what is compared, where the panel shows one run alone. */
export interface RunPageStore {
  /** The run whose page the panel is; undefined where it compares several. */
  readonly run: ReadonlySignal<Run | undefined>;
  /** The run that it was started within. */
  readonly parent: Resource<Pick<Run, 'runId' | 'name'> | undefined>;
  readonly children: Resource<{ readonly runs: readonly Run[]; readonly truncated: boolean }>;
  readonly versions: Resource<readonly VersionOfRun[]>;
  /** All of them. Asked for where they are looked at. */
  readonly files: Resource<RunArtifacts | undefined>;
}

/** What the companion lists at once. */
const mostChildren = 1000;

export function createRunPage(host: Host<'compare'>, subject: PanelParts<'compare'>['subject'], table: ReadonlySignal<RunTable>, showsFiles: () => boolean): RunPageStore {
  const run = computed(() => (subject.value.runIds.length === 1 ? table.value.runs.find(({ runId }) => runId === subject.value.runIds[0]) : undefined));
  const parent = createResource<Pick<Run, 'runId' | 'name'> | undefined>(async (_show, signal) => {
    const above = run.peek()?.tags[parentRunTag];
    return above === undefined ? undefined : (await host.call('readRunTable', { runIds: [above] }, signal)).runs[0];
  });
  const children = createResource<{ readonly runs: readonly Run[]; readonly truncated: boolean }>(async (_show, signal) => {
    const filter = childrenFilter(run.peek()?.runId ?? '');
    return filter === undefined ? { runs: [], truncated: false } : host.call('listRuns', { filter, limit: mostChildren }, signal);
  });
  const versions = createResource<readonly VersionOfRun[]>(async (_show, signal) => {
    const of = run.peek();
    return of === undefined ? [] : versionsOfRun(of, (await host.call('listModels', {}, signal)).models);
  });
  const files = createResource<RunArtifacts | undefined>(async (_show, signal) => {
    const of = run.peek();
    return of === undefined ? undefined : (await host.call('listRunArtifacts', { runIds: [of.runId], all: true }, signal)).runs[0];
  });
  const id = computed(() => run.value?.runId);
  effect(() => {
    if (id.value !== undefined) {
      [parent, children, versions].forEach(({ reset }) => { reset(); });
    }
  });
  effect(() => {
    if (id.value !== undefined && showsFiles()) {
      files.reset();
    }
  });
  const refreshAll = (): void => {
    if (id.peek() !== undefined) {
      [parent, children, versions, ...(showsFiles() ? [files] : [])].forEach(({ refresh }) => { refresh(); });
    }
  };
  host.onReconnect(refreshAll);
  host.onEvent((event) => {
    if (event.topic === 'model' || (event.topic === 'run' && event.experimentId === run.peek()?.experimentId)) {
      refreshAll();
    }
  });
  return { run, parent, children, versions, files };
}
