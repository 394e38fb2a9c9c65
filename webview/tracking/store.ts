import { computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { childrenOf } from '../../server/contract/nestedRuns.ts';
import { isRecord } from '../../server/contract/values.ts';
import { mostComparedRuns, type Comparison } from '../../server/contract/tracking.ts';
import type { PanelParts } from '../ui/mount.tsx';
import { createResource, type Resource } from '../ui/resource.ts';
import { isBrushes, type Brushes } from './brushes.ts';
import { createTabChoice, type CompareTabChoice } from './compareTab.ts';
import { createArtifactStore, mostArtifactRuns, type ArtifactStore } from './artifactStore.ts';
import { createCellStore, type CellStore } from './cellStore.ts';
import { createDifferenceStore, type DifferenceStore } from './differenceStore.ts';
import { createCurveStore, type CurveStore } from './curveStore.ts';
import { createJudgement, type Judgement } from './judgement.ts';
import { createLinkedRuns, type LinkedRuns } from './linkedRuns.ts';
import { createReference, type Reference } from './reference.ts';
import { createRunTableWriter } from './runTable.ts';
import { createRunPage, type RunPageStore } from './runPageStore.ts';
import { createSavedViews, type SavedViews } from './savedViews.ts';
import { createSelection, type Selection } from './selection.ts';
import { createSparklines, type Sparklines } from './sparklines.ts';
import { createTableSource, type TableSource } from './tableSource.ts';
import { createTableView, type TableView } from './tableView.ts';

/** Everything that the Compare panel shows and remembers. */
export interface CompareStore extends TableView, Selection, Reference, CompareTabChoice {
  /** The runs of the subject. */
  readonly source: TableSource;
  readonly judgement: Judgement;
  /** The selected runs, in more than params and metrics. */
  readonly comparison: Resource<Comparison>;
  readonly curves: CurveStore;
  readonly artifacts: ArtifactStore;
  readonly differences: DifferenceStore;
  readonly linked: Resource<LinkedRuns>;
  readonly cells: CellStore;
  /** Writes the note of a run; an empty one is removed. */
  readonly setNote: (runId: string, note: string) => Promise<void>;
  /** Selects all runs that the table shows, or none when all are. */
  readonly selectAll: () => void;
  /** The run that a pointer or the focus is on: it stands out in all charts. */
  readonly highlighted: Signal<string | undefined>;
  /** No runs were chosen: the latest ones are shown. */
  readonly showsLatest: ReadonlySignal<boolean>;
  /** The name of the experiment whose runs are shown. */
  readonly experiment: ReadonlySignal<string | undefined>;
  /** What the charts of params and metrics show; ids of fields. */
  readonly relations: Signal<Readonly<Record<string, string>>>;
  readonly brushes: Signal<Brushes>;
  readonly saved: SavedViews;
  readonly sparklines: Sparklines;
  readonly page: RunPageStore;
}

/** Fewer runs are better read in the table than in charts of their params. */
const fewestRelated = 3;

export function createCompareStore({ host, subject, persistence }: PanelParts<'compare'>): CompareStore {
  const source = createTableSource(host, subject);
  const empty = createRunTableWriter().table(false);
  const table = computed(() => source.table.value.value ?? empty);
  const judgement = createJudgement(host, table);
  const linked = createLinkedRuns(host, table, source.complete);
  const view = createTableView({ persistence, table, linked, judgement });
  const { reset: resetSelection, ...selection } = createSelection(persistence, computed(() => childrenOf(table.value.runs).get(undefined) ?? []), computed(() => table.value.runs));
  const { selected, selectedIds } = selection;

  const curves = createCurveStore({ host, persistence, subject, selected });
  const cells = createCellStore(host, selected);
  const showsLatest = computed(() => subject.value.runIds.length === 0);
  const tabChoice = createTabChoice(persistence, {
    captured: computed(() => cells.run.value !== undefined),
    related: computed(() => view.rows.value.length >= fewestRelated && view.fields.value.some(({ kind }) => kind === 'metric')),
    withoutCurves: curves.none,
    selected: computed(() => selected.value.length),
    single: computed(() => subject.value.runIds.length === 1),
    showsLatest,
  });
  const artifacts = createArtifactStore({ host, persistence, runs: computed(() => selected.value.slice(0, mostArtifactRuns)), shown: computed(() => tabChoice.tab.value === 'images') });

  const relations = persistence.keep<Readonly<Record<string, string>>>('relations', {}, isTextRecord);

  let before: string | undefined;
  effect(() => {
    const wanted = JSON.stringify(subject.value);
    if (before !== undefined && before !== wanted) {
      resetSelection();
    }
    before = wanted;
    source.reset();
  });

  return {
    ...view,
    ...selection,
    ...tabChoice,
    judgement,
    ...createReference(host, persistence, table, source.complete),
    source,
    comparison: createComparison(host, selected),
    curves,
    artifacts,
    differences: createDifferenceStore({ host, persistence, selected }),
    linked,
    cells,
    async setNote(runId, note) {
      await host.call('setNote', { runId, note });
    },
    selectAll() {
      const all = view.rows.value.map((run) => run.runId);
      selection.select(all.every((runId) => selectedIds.value.has(runId)) ? [] : all);
    },
    highlighted: signal<string | undefined>(undefined),
    showsLatest,
    experiment: computed(() => (subject.value.experimentId === undefined ? undefined : (judgement.experiments.value.get(subject.value.experimentId)?.name ?? ''))),
    relations,
    page: createRunPage(host, subject, table, () => tabChoice.tab.value === 'files'),
    sparklines: createSparklines(host),
    saved: createSavedViews({ host, persistence, judgement, table: view, curves, tab: tabChoice.chosenTab, relations }),
    brushes: persistence.keep<Brushes>('brushes', {}, isBrushes),
  };
}

/** What differs between the selected runs, read again when they are others or have changed. */
function createComparison(host: PanelParts<'compare'>['host'], selected: Selection['selected']): Resource<Comparison> {
  const compared = computed(() => selected.value.slice(0, mostComparedRuns).map((run) => run.runId));
  const comparison = createResource<Comparison>(async (_show, signal) => (compared.peek().length === 0 ? { runs: [], rows: [] } : host.call('compareRuns', { runIds: [...compared.peek()] }, signal)));
  const wanted = computed(() => compared.value.join());
  effect(() => {
    if (wanted.value !== '') {
      comparison.refresh();
    }
  });
  host.onReconnect(comparison.refresh);
  host.onEvent((event) => {
    if (event.topic === 'companion' || (event.topic === 'run' && compared.peek().includes(event.runId))) {
      comparison.refresh();
    }
  });
  return comparison;
}

function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  return isRecord(value) && Object.values(value).every((item) => typeof item === 'string');
}
