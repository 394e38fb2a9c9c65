import type { VNode } from 'preact';
import type { Run } from '../../server/contract/tracking.ts';
import { useActions, type Task } from '../ui/actions.ts';
import { ToolButton } from '../ui/blocks.tsx';
import { fileName } from '../ui/format.ts';
import type { CompareStore } from './store.ts';

interface RunActionsProps {
  readonly run: Run;
  readonly store: CompareStore;
  readonly task: Task;
  readonly onRename: (run: Run) => void;
  readonly onNote: (run: Run) => void;
}

/** What can be done with the run that the grid's active row shows. */
export function RunActions({ run, store, task, onRename, onNote }: RunActionsProps): VNode {
  const actions = useActions();
  const { name, cell, models } = run;
  const isReference = store.reference.value?.runId === run.runId;
  return (
    <div class="run-actions" role="group" aria-label={`Actions for run ${name}`}>
      <span class="run-actions-name muted" title={name}>
        {name}
      </span>
      {store.page.run.value === undefined && (
        <ToolButton
          icon="open-preview"
          label={`Open the page of ${name}`}
          onClick={() => {
            actions.show({ panel: 'compare', runIds: [run.runId] });
          }}
        />
      )}
      <ToolButton
        icon="edit"
        label={`Rename ${name}`}
        onClick={() => {
          onRename(run);
        }}
      />
      <ToolButton
        icon="note"
        label={`Note on ${name}`}
        onClick={() => {
          onNote(run);
        }}
      />
      <ToolButton
        icon={isReference ? 'pinned' : 'pin'}
        label={isReference ? `Compare with another run than ${name}` : `Compare the others with ${name}`}
        pressed={isReference}
        onClick={() => {
          store.toggleReference(run.runId);
        }}
      />
      <ToolButton
        icon="notebook"
        text
        label={cell === undefined ? 'No notebook cell' : `Open cell ${cell.cellIndex + 1} of ${fileName(cell.notebook)}`}
        disabled={cell === undefined}
        onClick={() => {
          if (cell !== undefined) {
            task.run(() => actions.command('slipway.openNotebookCell', cell));
          }
        }}
      />
      <ToolButton
        icon="package"
        text
        label={models.length === 0 ? 'No model logged' : 'Register model'}
        disabled={models.length === 0}
        onClick={() => {
          task.run(() => actions.command('slipway.registerModel', { runId: run.runId }));
        }}
      />
    </div>
  );
}
