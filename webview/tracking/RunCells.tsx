import type { VNode } from 'preact';
import { runStatus } from '../../server/contract/tracking.ts';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { Icon } from '../ui/blocks.tsx';
import { noteOf } from './fields.ts';
import type { RunGroup } from './groups.ts';
import type { RunLine } from './runLines.ts';
import { RunMark } from './RunMark.tsx';
import type { CompareStore } from './store.ts';

/** What a group is called. */
export function labelOf({ grouping, value }: RunGroup): string {
  return `${grouping.label.replace(/^(?:params|tags)\./, '')}: ${value === undefined ? 'none' : grouping.show(value)}`;
}

/** The first cell of a group. */
export function GroupHead({ group, store }: { readonly group: RunGroup; readonly store: CompareStore }): VNode {
  const selected = store.selectedIds.value;
  const count = group.runs.reduce((sum, run) => sum + (selected.has(run.runId) ? 1 : 0), 0);
  return (
    <span class="run-cell" style={{ '--level': group.level - 1 }}>
      <span
        class="twistie"
        onClick={() => {
          store.toggleLine(group);
        }}
      >
        <Icon name={group.expanded ? 'chevron-down' : 'chevron-right'} />
      </span>
      <Check
        on={count === 0 ? 'none' : count === group.runs.length ? 'all' : 'some'}
        onToggle={() => {
          store.toggleAll(group.runs);
        }}
      />
      <span class="grid-text">{labelOf(group)}</span>
      <span class="muted group-count">
        {formatNumber(group.runs.length)}
        <span class="sr-only"> {group.runs.length === 1 ? 'run' : 'runs'}</span>
      </span>
    </span>
  );
}

function Check({ on, onToggle }: { readonly on: 'all' | 'some' | 'none'; readonly onToggle: () => void }): VNode {
  return (
    <span class={on === 'none' ? 'check' : 'check check-on'} onClick={onToggle}>
      {on !== 'none' && <Icon name={on === 'all' ? 'check' : 'dash'} />}
    </span>
  );
}

/** What a run is called in the table. */
export function nameOf({ run, label }: RunLine): string {
  return label ?? run.name;
}

interface RunCellProps {
  readonly line: RunLine;
  /** Some runs have others within them: those that have none leave room for the sign of it. */
  readonly nested: boolean;
  readonly store: CompareStore;
}

/** The first cell of a run. */
export function RunCell({ line, nested, store }: RunCellProps): VNode {
  const { run, level, within, label } = line;
  const starred = store.starred.value.has(run.runId);
  const checked = store.selectedIds.value.has(run.runId);
  return (
    <span class="run-cell" style={{ '--level': level - 1 }}>
      {nested && (
        <span
          class={within === undefined ? 'twistie twistie-none' : 'twistie'}
          onClick={() => {
            if (within !== undefined) {
              store.toggleLine(line);
            }
          }}
        >
          {within !== undefined && <Icon name={within.expanded ? 'chevron-down' : 'chevron-right'} />}
        </span>
      )}
      <Check
        on={checked ? 'all' : 'none'}
        onToggle={() => {
          store.toggleSelected(run.runId);
        }}
      />
      <RunMark run={run} store={store} />
      <span class="grid-text" title={label === undefined ? undefined : run.name}>{nameOf(line)}</span>
      {within !== undefined && (
        <span class="muted group-count run-sign">
          {formatNumber(within.runs)}
          <span class="sr-only"> runs within</span>
        </span>
      )}
      {store.reference.value?.runId === run.runId && <span class="reference" title="The other runs are compared with this one"><Icon name="pin" /><span class="sr-only">, reference</span></span>}
      <span
        class={starred ? 'star star-on' : 'star'}
        title={starred ? 'Remove the star' : 'Star this run'}
        onClick={(event) => {
          event.stopPropagation();
          store.toggleStar(run.runId);
        }}
      >
        <Icon name={starred ? 'star-full' : 'star-empty'} />
        {starred && <span class="sr-only">, starred</span>}
      </span>
      {noteOf(run) !== '' && <span class="muted" title={noteOf(run)}><Icon name="note" /><span class="sr-only">, has a note</span></span>}
      {run.status === 'FAILED' || run.status === 'KILLED' ? <span class="tone-bad"><Icon name="error" /><span class="sr-only">, failed</span></span> : null}
      {run.status === 'RUNNING' ? <span><Icon name="sync" spin /><span class="sr-only">, running</span></span> : null}
      {runStatus.safeParse(run.status).success ? null : <span class="muted">{run.status.toLowerCase()}</span>}
      {run.models.length > 0 ? <span class="muted run-sign" title="Logged a model"><Icon name="package" /><span class="sr-only">, has a model</span></span> : null}
    </span>
  );
}
