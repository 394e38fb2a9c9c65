import type { VNode } from 'preact';
import { useSignal } from '@preact/signals';
import type { Run } from '../../server/contract/tracking.ts';
import { useActions, useTask } from '../ui/actions.ts';
import { Empty, Failure, LinkButton, Skeleton } from '../ui/blocks.tsx';
import { useNarrow } from '../ui/useNarrow.ts';
import { CompareHeader } from './CompareHeader.tsx';
import { CompareTabs } from './CompareTabs.tsx';
import { CompareToolbar } from './CompareToolbar.tsx';
import type { Line } from './groups.ts';
import { NoteDialog } from './NoteDialog.tsx';
import { PrimaryMetricBar } from './PrimaryMetricBar.tsx';
import { RunActions } from './RunActions.tsx';
import { RunGrid } from './RunGrid.tsx';
import { RunPage } from './RunPage.tsx';
import type { CompareStore } from './store.ts';

/** The run of the first line. */
function firstOf([line]: readonly Line[]): Run | undefined {
  return line?.kind === 'group' ? line.runs[0] : line?.run;
}

/** CSS pixels. */
const narrowBelow = 480;

/** Runs side by side: their table, and below it curves, params, images and what else differs. */
export function ComparePanel({ store }: { readonly store: CompareStore }): VNode {
  const actions = useActions();
  const narrow = useNarrow(narrowBelow);
  const task = useTask();
  const activeId = useSignal<string | undefined>(undefined);
  const noted = useSignal<Run | undefined>(undefined);
  const { table, complete, refresh, reset } = store.source;
  const failure = table.failure.value;
  const rows = store.rows.value;
  const active = rows.find((run) => run.runId === activeId.value) ?? firstOf(store.lines.value);

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

  const single = store.page.run.value;
  const actionsOf = (run: Run): VNode => <RunActions run={run} store={store} task={task} onRename={rename} onNote={(noting) => { noted.value = noting; }} />;
  const rename = (run: Run): void => {
    task.run(() => actions.command('slipway.renameRun', { runId: run.runId }));
  };
  const onRowKey = (key: string, run: Run): boolean => {
    if (key === 's') {
      store.toggleStar(run.runId);
    } else if (key === 'n') {
      noted.value = run;
    } else if (key === 'r') {
      store.toggleReference(run.runId);
    } else if (key === 'o') {
      actions.show({ panel: 'compare', runIds: [run.runId] });
    } else if (key === 'F2') {
      rename(run);
    }
    return ['s', 'n', 'r', 'o', 'F2'].includes(key);
  };
  return (
    <div class="panel">
      <CompareHeader store={store} total={total} task={task} />
      {failure !== undefined && <Failure what="The runs could not be refreshed." failure={failure} onRetry={refresh} />}
      {task.failure.value !== undefined && <Failure what="That did not work." failure={task.failure.value} onDismiss={task.clear} />}
      {single !== undefined && <RunPage run={single} store={store} task={task} />}
      {single !== undefined && single.source !== 'capture' ? (
        <div class="toolbar">{actionsOf(single)}</div>
      ) : (
        <>
          <PrimaryMetricBar store={store} task={task} />
          <CompareToolbar store={store} narrow={narrow}>
            {active !== undefined && actionsOf(active)}
          </CompareToolbar>
          <RunGrid store={store} task={task} narrow={narrow} activeRow={active?.runId} onActive={(run) => { activeId.value = run?.runId ?? activeId.value; }} onRowKey={onRowKey} />
        </>
      )}
      {rows.length === 0 && (
        <p class="muted">
          No run passes the filter. <LinkButton onClick={store.showAll}>Show all runs</LinkButton>
        </p>
      )}
      {complete.value && <CompareTabs store={store} narrow={narrow} />}
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
