import type { VNode } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import type { Run } from '../../server/contract/tracking.ts';
import { useActions, useTask } from '../ui/actions.ts';
import { Empty, Failure, LinkButton, Skeleton, ToolButton } from '../ui/blocks.tsx';
import { fileName } from '../ui/format.ts';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { Menu } from '../ui/Menu.tsx';
import { Button, Checkbox } from '../ui/toolkit.ts';
import { useHeaderHeight } from '../ui/useHeaderHeight.ts';
import { useNarrow } from '../ui/useNarrow.ts';
import { Artifacts } from './Artifacts.tsx';
import { CapturedCells } from './CapturedCells.tsx';
import { ColumnChooser } from './ColumnChooser.tsx';
import { Curves } from './Curves.tsx';
import { Differences } from './Differences.tsx';
import { exportColumns, toCsv, toMarkdown } from './exports.ts';
import { FilterBox } from './FilterBox.tsx';
import { GroupChooser } from './GroupChooser.tsx';
import { NoteDialog } from './NoteDialog.tsx';
import { Relations } from './Relations.tsx';
import { RunCards } from './RunCards.tsx';
import { RunGrid } from './RunGrid.tsx';
import { withSettledRows } from './settledRows.ts';
import { Staged } from './Staged.tsx';
import type { CompareStore } from './store.ts';

const cardsBelow = 480;

/** Runs side by side: table, curves, and what else differs. */
export function ComparePanel({ store }: { readonly store: CompareStore }): VNode {
  const actions = useActions();
  const narrow = useNarrow(cardsBelow);
  const task = useTask();
  const activeId = useSignal<string | undefined>(undefined);
  const noted = useSignal<Run | undefined>(undefined);
  const { table, expected, complete, truncated, refresh, reset } = store.source;
  const failure = table.failure.value;
  const rows = store.rows.value;
  const charted = useMemo(() => withSettledRows(store), [store]);
  const header = useRef<HTMLElement>(null);
  useHeaderHeight(header, (table.value.value?.runs.length ?? 0) > 0);
  const active = rows.find((run) => run.runId === activeId.value) ?? rows[0];

  if (table.value.value === undefined) {
    return failure === undefined ? <Skeleton rows={8} label="Loading runs" /> : <Failure what="The runs could not be loaded." failure={failure} onRetry={reset} />;
  }
  const total = table.value.value.runs.length;
  if (total === 0) {
    return (
      <Empty icon="beaker" title="No runs to compare" action={{ label: 'Connect Notebook', icon: 'plug', run: () => { task.run(() => actions.command('slipway.connectNotebook', {})); } }}>
        Run a notebook, or connect it so that its mlflow calls are recorded. Each run then appears here.
      </Empty>
    );
  }

  const rename = (run: Run): void => {
    task.run(() => actions.command('slipway.renameRun', { runId: run.runId }));
  };
  const onRowKey = (key: string, run: Run): boolean => {
    if (key === 's') {
      store.toggleStar(run.runId);
    } else if (key === 'n') {
      noted.value = run;
    } else if (key === 'F2') {
      rename(run);
    }
    return key === 's' || key === 'n' || key === 'F2';
  };
  const copiedCount = store.selected.value.length > 0 ? rows.reduce((sum, run) => sum + (store.selectedIds.value.has(run.runId) ? 1 : 0), 0) : rows.length;
  const copy = (form: typeof toCsv): void => {
    const runs = store.grouped.value.filter((run) => store.selected.value.length === 0 || store.selectedIds.value.has(run.runId));
    actions.copy(form(runs, exportColumns(store.shownFields.value, store.groupedBy.value)));
  };
  const equal = store.onlyDiffering.value ? store.fields.value.filter((field) => !field.differs).length : 0;
  return (
    <div class="panel">
      <header ref={header} class="panel-header">
        <h1>{store.experiment.value ?? (store.showsLatest.value ? 'Latest runs' : 'Compare runs')}</h1>
        <span class="muted">
          {rows.length === total ? plural(total, 'run') : `${formatNumber(rows.length)} of ${plural(total, 'run')}`}, {plural(store.selected.value.length, 'selected', 'selected')}
          {!complete.value && expected.value === undefined && ', loading more'}
          {!complete.value && (expected.value ?? 0) > total && `, loading ${formatNumber((expected.value ?? 0) - total)} more`}
          {truncated.value && ', the newest ones'}
        </span>
        <div class="panel-actions">
          <Button icon="git-compare" onClick={() => { task.run(() => actions.command('slipway.compareRuns', {})); }}>
            Choose Runs
          </Button>
          <Menu
            label="Copy"
            icon="copy"
            text
            items={[
              { label: `Copy ${plural(copiedCount, 'run')} as Markdown`, icon: 'markdown', run: () => { copy(toMarkdown); } },
              { label: `Copy ${plural(copiedCount, 'run')} as CSV`, icon: 'table', run: () => { copy(toCsv); } },
            ]}
          />
          <ToolButton icon="refresh" label="Refresh" onClick={refresh} />
        </div>
      </header>
      {failure !== undefined && <Failure what="The runs could not be refreshed." failure={failure} onRetry={refresh} />}
      {task.failure.value !== undefined && <Failure what="That did not work." failure={task.failure.value} onDismiss={task.clear} />}
      <div class="toolbar">
        <FilterBox store={store} />
        <ToolButton
          icon={store.onlyStarred.value ? 'star-full' : 'star-empty'}
          text
          label="Starred"
          pressed={store.onlyStarred.value}
          onClick={() => {
            store.onlyStarred.value = !store.onlyStarred.value;
          }}
        />
      </div>
      <div class="toolbar">
        <ColumnChooser store={store} />
        {!narrow && <GroupChooser store={store} />}
        <Checkbox
          checked={store.onlyDiffering.value}
          onChange={(checked) => {
            store.onlyDiffering.value = checked;
          }}
        >
          Only what differs
        </Checkbox>
        {equal > 0 && <span class="muted">{plural(equal, 'equal column')} hidden</span>}
        {!narrow && (
          <Checkbox
            checked={store.shaded.value}
            onChange={(checked) => {
              store.shaded.value = checked;
            }}
          >
            Colour scale
          </Checkbox>
        )}
        {!narrow && active !== undefined && (
          <div class="run-actions" role="group" aria-label={`Actions for run ${active.name}`}>
            <span class="run-actions-name muted" title={active.name}>
              {active.name}
            </span>
            <ToolButton
              icon="edit"
              label={`Rename ${active.name}`}
              onClick={() => {
                rename(active);
              }}
            />
            <ToolButton
              icon="note"
              label={`Note on ${active.name}`}
              onClick={() => {
                noted.value = active;
              }}
            />
            <ToolButton
              icon="notebook"
              text
              label={active.cell === undefined ? 'No notebook cell' : `Open cell ${active.cell.cellIndex + 1} of ${fileName(active.cell.notebook)}`}
              disabled={active.cell === undefined}
              onClick={() => {
                const { cell } = active;
                if (cell !== undefined) {
                  task.run(() => actions.command('slipway.openNotebookCell', cell));
                }
              }}
            />
            <ToolButton
              icon="package"
              text
              label={active.models.length === 0 ? 'No model logged' : 'Register model'}
              disabled={active.models.length === 0}
              onClick={() => {
                task.run(() => actions.command('slipway.registerModel', { runId: active.runId }));
              }}
            />
          </div>
        )}
      </div>
      {narrow ? <RunCards store={store} task={task} onNote={(run) => { noted.value = run; }} /> : <RunGrid store={store} activeRow={active?.runId} onActive={(run) => { activeId.value = run?.runId ?? activeId.value; }} onRowKey={onRowKey} />}
      {rows.length === 0 && (
        <p class="muted">
          No run passes the filter. <LinkButton onClick={store.showAll}>Show all runs</LinkButton>
        </p>
      )}
      {complete.value && (
        <Staged
          parts={[
            () => <CapturedCells key="cells" store={store} />,
            () => <Relations key="relations" store={charted} narrow={narrow} />,
            () => <Curves key="curves" store={store} />,
            () => <Artifacts key="artifacts" store={store} />,
            () => <Differences key="differences" store={store} />,
          ]}
        />
      )}
      {noted.value !== undefined && (
        <NoteDialog
          key={noted.value.runId}
          run={noted.value}
          store={store}
          onClose={() => {
            noted.value = undefined;
          }}
        />
      )}
    </div>
  );
}
