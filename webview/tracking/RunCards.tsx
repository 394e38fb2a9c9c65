import type { VNode } from 'preact';
import { useSignal } from '@preact/signals';
import type { Run } from '../../server/contract/tracking.ts';
import { useActions, type Task } from '../ui/actions.ts';
import { Badge, LinkButton, RelativeTime } from '../ui/blocks.tsx';
import { Checkbox } from '../ui/toolkit.ts';
import { noteOf, standsOut } from './fields.ts';
import { RunMark } from './RunMark.tsx';
import type { CompareStore } from './store.ts';

const atOnce = 20;

interface RunCardsProps {
  readonly store: CompareStore;
  readonly task: Task;
  readonly onNote: (run: Run) => void;
}

/** One card a run: the table's content where there is no room for a table. */
export function RunCards({ store, task, onNote }: RunCardsProps): VNode {
  const shown = useSignal(atOnce);
  const rows = store.rows.value;
  return (
    <div class="run-cards">
      <ul class="plain">
        {rows.slice(0, shown.value).map((run) => (
          <li key={run.runId}>
            <RunCard run={run} store={store} task={task} onNote={onNote} />
          </li>
        ))}
      </ul>
      {rows.length > shown.value && (
        <LinkButton
          onClick={() => {
            shown.value += atOnce;
          }}
        >
          Show {Math.min(atOnce, rows.length - shown.value)} more of {rows.length} runs
        </LinkButton>
      )}
    </div>
  );
}

function RunCard({ run, store, task, onNote }: RunCardsProps & { readonly run: Run }): VNode {
  const actions = useActions();
  const fields = store.shownFields.value.filter((field) => field.kind !== 'run' && field.text(run) !== '');
  const { cell } = run;
  return (
    <article class="card" aria-label={`Run ${run.name}`}>
      <header class="card-header">
        <Checkbox
          checked={store.selectedIds.value.has(run.runId)}
          onChange={() => {
            store.toggleSelected(run.runId);
          }}
        >
          <span class="card-title">
            <RunMark run={run} store={store} />
            <span class="card-name" title={run.name}>
              {run.name}
            </span>
          </span>
        </Checkbox>
        <span class="muted">
          <RelativeTime at={run.startedAt} />
        </span>
      </header>
      {run.status !== 'FINISHED' && <Badge tone={run.status === 'RUNNING' ? 'accent' : 'bad'}>{run.status.toLowerCase()}</Badge>}
      <dl class="pairs">
        {fields.map((field) => (
          <div key={field.id} class={field.best.has(run.runId) ? 'pair pair-best' : standsOut(field, run) ? 'pair pair-differs' : 'pair'}>
            <dt title={field.name}>{field.name}</dt>
            <dd title={field.text(run)}>
              {field.text(run)}
              {field.best.has(run.runId) && <span class="sr-only"> (best)</span>}
            </dd>
          </div>
        ))}
      </dl>
      {noteOf(run) !== '' && <p class="card-note">{noteOf(run)}</p>}
      <footer class="card-footer">
        <LinkButton onClick={() => { onNote(run); }}>{noteOf(run) === '' ? 'Add note' : 'Edit note'}</LinkButton>
        {cell !== undefined && <LinkButton onClick={() => { task.run(() => actions.command('slipway.openNotebookCell', cell)); }}>Open cell {cell.cellIndex + 1}</LinkButton>}
        {run.models.length > 0 && <LinkButton onClick={() => { task.run(() => actions.command('slipway.registerModel', { runId: run.runId })); }}>Register model</LinkButton>}
      </footer>
    </article>
  );
}
