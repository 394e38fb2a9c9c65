import type { VNode } from 'preact';
import type { CellDifference, NotebookComparison } from '../../server/contract/notebooks.ts';
import type { Run } from '../../server/contract/tracking.ts';
import { useActions, useTask } from '../ui/actions.ts';
import { ToolButton } from '../ui/blocks.tsx';
import { fileName } from '../ui/format.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { RunHead } from './RunHead.tsx';
import type { CompareStore } from './store.ts';

interface NotebookProps {
  readonly base: Run;
  readonly runs: readonly Run[];
  readonly store: CompareStore;
}

/** Which cells of its notebook each run had otherwise than the run that it is compared with. */
export function NotebookDifferences({ base, runs, store }: NotebookProps): VNode | null {
  const found = store.differences.notebooks.value.value;
  const pairs = runs.flatMap((run) => {
    const pair = found?.get(run.runId);
    return pair === undefined || !pair.recorded ? [] : [{ run, pair }];
  });
  if (pairs.length === 0) {
    return null;
  }
  return (
    <div class="notebook-pairs" role="group" aria-label="Notebook cells">
      <span class="label">Notebook</span>
      {pairs.map(({ run, pair }) => (
        <NotebookPair key={run.runId} base={base} run={run} pair={pair} store={store} />
      ))}
    </div>
  );
}

const mostCells = 20;

function NotebookPair({ base, run, pair, store }: { readonly base: Run; readonly run: Run; readonly pair: NotebookComparison; readonly store: CompareStore }): VNode {
  const actions = useActions();
  const task = useTask();
  const names = [...new Set(pair.notebooks.map(fileName))].join(' and ');
  const count = (change: CellDifference['change']): number => pair.cells.filter((cell) => cell.change === change).length;
  const summary = [...new Set<CellDifference['change']>(['changed', 'added', 'removed', ...pair.cells.map(({ change }) => change)])].flatMap((change) => (count(change) === 0 ? [] : [`${plural(count(change), 'cell')} ${change}`]));
  return (
    <div class="notebook-pair">
      <div class="notebook-head">
        <RunHead run={run} store={store} />
        <span class="muted">
          {names}: {summary.length === 0 ? `all ${plural(pair.equal, 'cell')} as in ${base.name}` : `${summary.join(', ')}; ${pair.equal} alike`}
        </span>
        {pair.cells.length > 0 && (
          <ToolButton
            icon="diff"
            text
            label="Open diff"
            onClick={() => {
              task.run(() => actions.command('slipway.compareRunNotebooks', { from: base.runId, to: run.runId }));
            }}
          />
        )}
        {task.failure.value !== undefined && <span role="alert">{task.failure.value.message}</span>}
      </div>
      {pair.cells.length > 0 && (
        <ul class="plain cell-list">
          {pair.cells.slice(0, mostCells).map((cell) => (
            <li key={`${cell.change} ${cell.cellId}`} class={`cell-${cell.change}`}>
              <span class="cell-change">{cell.change}</span> <span class="muted">cell {(cell.to ?? cell.from ?? 0) + 1}</span> <code>{cell.title === '' ? '(empty)' : cell.title}</code>
            </li>
          ))}
          {pair.cells.length > mostCells && <li class="muted">and {pair.cells.length - mostCells} more</li>}
        </ul>
      )}
    </div>
  );
}
