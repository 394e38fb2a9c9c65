import type { VNode } from 'preact';
import { useSignal } from '@preact/signals';
import type { Run } from '../../server/contract/tracking.ts';
import { useActions, useTask } from '../ui/actions.ts';
import { Empty, Failure, Skeleton, ToolButton } from '../ui/blocks.tsx';
import { fileName, formatNumber, plural } from '../ui/format.ts';
import { Menu } from '../ui/Menu.tsx';
import { Button, Checkbox } from '../ui/toolkit.ts';
import { useNarrow } from '../ui/useNarrow.ts';
import { Artifacts } from './Artifacts.tsx';
import { ColumnChooser } from './ColumnChooser.tsx';
import { Curves } from './Curves.tsx';
import { Differences } from './Differences.tsx';
import { toCsv, toMarkdown } from './exports.ts';
import { FilterBox } from './FilterBox.tsx';
import { Relations } from './Relations.tsx';
import { RunCards } from './RunCards.tsx';
import { RunGrid } from './RunGrid.tsx';
import type { CompareStore } from './store.ts';

const cardsBelow = 480;

/** Runs side by side: table, curves, and what else differs. */
export function ComparePanel({ store }: { readonly store: CompareStore }): VNode {
  const actions = useActions();
  const narrow = useNarrow(cardsBelow);
  const task = useTask();
  const activeId = useSignal<string | undefined>(undefined);
  const { comparison } = store;
  const failure = comparison.failure.value;
  const rows = store.rows.value;
  const active = rows.find((run) => run.runId === activeId.value) ?? rows[0];

  if (comparison.value.value === undefined) {
    return failure === undefined ? <Skeleton rows={8} label="Loading runs" /> : <Failure what="The runs could not be loaded." failure={failure} onRetry={comparison.reset} />;
  }
  if (store.comparison.value.value?.runs.length === 0) {
    return (
      <Empty icon="beaker" title="No runs to compare" action={{ label: 'Connect Notebook', icon: 'plug', run: () => { task.run(() => actions.command('slipway.connectNotebook', {})); } }}>
        Run a notebook, or connect it so that its mlflow calls are recorded. Each run then appears here.
      </Empty>
    );
  }

  const total = comparison.value.value.runs.length;
  const rename = (run: Run): void => {
    task.run(() => actions.command('slipway.renameRun', { runId: run.runId }));
  };
  const onRowKey = (key: string, run: Run): boolean => {
    if (key === 's') {
      store.toggleStar(run.runId);
    } else if (key === 'F2') {
      rename(run);
    }
    return key === 's' || key === 'F2';
  };
  const copied = store.selected.value.length > 0 ? rows.filter((run) => store.selectedIds.value.has(run.runId)) : rows;
  const equal = store.onlyDiffering.value ? store.fields.value.filter((field) => !field.differs).length : 0;
  return (
    <div class="panel">
      <header class="panel-header">
        <h1>{store.showsLatest.value ? 'Latest runs' : 'Compare runs'}</h1>
        <span class="muted">
          {rows.length === total ? plural(total, 'run') : `${formatNumber(rows.length)} of ${plural(total, 'run')}`}, {plural(store.selected.value.length, 'selected', 'selected')}
          {store.expectedRuns.value > total && comparison.loading.value && `, loading ${formatNumber(store.expectedRuns.value - total)} more`}
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
              { label: `Copy ${plural(copied.length, 'run')} as Markdown`, icon: 'markdown', run: () => { actions.copy(toMarkdown(copied, store.shownFields.value)); } },
              { label: `Copy ${plural(copied.length, 'run')} as CSV`, icon: 'table', run: () => { actions.copy(toCsv(copied, store.shownFields.value)); } },
            ]}
          />
          <ToolButton icon="refresh" label="Refresh" onClick={comparison.refresh} />
        </div>
      </header>
      {failure !== undefined && <Failure what="The runs could not be refreshed." failure={failure} onRetry={comparison.refresh} />}
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
      {narrow ? <RunCards store={store} task={task} /> : <RunGrid store={store} activeRow={active?.runId} onActive={(run) => { activeId.value = run?.runId ?? activeId.value; }} onRowKey={onRowKey} />}
      {rows.length === 0 && <p class="muted">No run passes the filter.</p>}
      <Relations store={store} narrow={narrow} />
      <Curves store={store} />
      <Artifacts store={store} />
      <Differences store={store} />
    </div>
  );
}
