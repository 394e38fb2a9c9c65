import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Run } from '../../server/contract/tracking.ts';
import { Icon, RelativeTime } from '../ui/blocks.tsx';
import { Grid, type GridColumn } from '../ui/grid/Grid.tsx';
import { moveColumn, nameColumn } from './columns.ts';
import { standsOut, type Field } from './fields.ts';
import { RunMark } from './RunMark.tsx';
import type { CompareStore } from './store.ts';

interface RunGridProps {
  readonly store: CompareStore;
  readonly activeRow: string | undefined;
  readonly onActive: (run: Run | undefined) => void;
  readonly onRowKey: (key: string, run: Run) => boolean;
}

/** Runs as rows, params and metrics as columns. */
export function RunGrid({ store, activeRow, onActive, onRowKey }: RunGridProps): VNode {
  const fields = store.shownFields.value;
  const rows = store.rows.value;
  const selected = store.selectedIds.value;
  const shaded = store.shaded.value;
  const columns = useMemo(() => fields.map((field) => columnOf(field, store.comparison.value.value?.runs ?? [], store, shaded)), [fields, shaded]);
  const { pinned } = store.layout.value;
  const stays = fields.findIndex(({ id }) => id !== nameColumn && !pinned.includes(id));
  const most = 14;
  return (
    <div class="run-grid" style={{ height: `${48 + 26 * Math.min(rows.length, most) + 12}px` }}>
      <Grid
        label="Runs with their params and metrics. Space selects a run for the charts. On a header, Enter sorts, with Shift by several columns; Alt and an arrow key resizes, with Shift it moves the column. On a run, S stars it and F2 renames it."
        columns={columns}
        rows={rows}
        rowId={(run) => run.runId}
        pinned={pinnedThatFit(columns, stays < 0 ? fields.length : stays, store.widths.value)}
        sort={store.orders.value.map(({ field, descending }) => ({ column: field, descending }))}
        onSort={store.toggleOrder}
        onMove={(column, index) => {
          const shown = fields.map(({ id }) => id);
          const at = shown.indexOf(column);
          const before = shown[index > at ? index + 1 : index];
          store.layout.value = moveColumn(store.layout.value, store.arrangedFields.value.map(({ id }) => id), shown, column, before);
        }}
        selected={selected}
        onSelect={(run) => {
          store.toggleSelected(run.runId);
        }}
        onSelectAll={store.selectAll}
        widths={store.widths.value}
        onResize={(column, width) => {
          store.widths.value = { ...store.widths.value, [column]: width };
        }}
        onRowKey={onRowKey}
        onActive={onActive}
        activeRow={activeRow}
      />
    </div>
  );
}

/** Pinned columns leave room for others. */
const pinnedShare = 0.6;

function pinnedThatFit(columns: readonly GridColumn<Run>[], wanted: number, widths: Readonly<Record<string, number>>): number {
  let width = 0;
  for (const [index, column] of columns.slice(0, wanted).entries()) {
    width += widths[column.id] ?? column.width;
    if (index > 0 && width > innerWidth * pinnedShare) {
      return index;
    }
  }
  return wanted;
}

const pixelsPerCharacter = 7.4;
/** Widths follow the first values: reading all of them would take longer than drawing the table. */
const measuredRows = 24;

function columnOf(field: Field, rows: readonly Run[], store: CompareStore, shaded: boolean): GridColumn<Run> {
  const base = { id: field.id, label: field.label, group: field.group, sortable: true, text: field.text } as const;
  if (field.id === 'run') {
    const name = rows.slice(0, measuredRows).reduce((most, run) => Math.max(most, run.name.length), 0);
    return { ...base, width: Math.max(150, Math.min(280, Math.round(name * pixelsPerCharacter) + 120)), render: (run) => <RunCell run={run} store={store} /> };
  }
  if (field.id === 'started') {
    return { ...base, width: 92, render: (run) => <RelativeTime at={run.startedAt} /> };
  }
  // Wide enough for the values; a longer name may be cut more than they.
  const longest = rows.slice(0, measuredRows).reduce((most, run) => Math.max(most, field.text(run).length), Math.min(field.label.length + 2, 18));
  const width = Math.max(64, Math.min(190, Math.round(longest * pixelsPerCharacter) + 26));
  // Read for the columns in view only: each looks at all runs.
  return {
    id: field.id,
    label: field.label,
    group: field.group,
    width,
    sortable: true,
    get numeric() {
      return field.numeric;
    },
    get note() {
      return field.kind === 'run' ? undefined : noteOf(field);
    },
    text: field.text,
    ...(shaded && field.kind === 'metric' ? { shade: field.share } : {}),
    mark: (run) => {
      if (field.best.has(run.runId)) {
        return { className: 'grid-best', meaning: field.direction === 'lower' ? 'best, lowest' : 'best, highest' };
      }
      return standsOut(field, run) ? { className: 'grid-differs', meaning: 'differs' } : undefined;
    },
  };
}

function noteOf(field: Field): string {
  const direction = field.direction === undefined ? '' : ` ${field.direction === 'lower' ? 'Lower' : 'Higher'} is better.`;
  return `${field.differs ? 'Differs between the runs.' : 'Equal in all runs.'}${direction}`;
}

function RunCell({ run, store }: { readonly run: Run; readonly store: CompareStore }): VNode {
  const starred = store.starred.value.has(run.runId);
  const checked = store.selectedIds.value.has(run.runId);
  return (
    <span class="run-cell">
      <span
        class={checked ? 'check check-on' : 'check'}
        onClick={() => {
          store.toggleSelected(run.runId);
        }}
      >
        {checked && <Icon name="check" />}
      </span>
      <RunMark run={run} store={store} />
      <span class="grid-text">{run.name}</span>
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
      {run.status === 'FAILED' || run.status === 'KILLED' ? <span class="tone-bad"><Icon name="error" /><span class="sr-only">, failed</span></span> : null}
      {run.status === 'RUNNING' ? <span><Icon name="sync" spin /><span class="sr-only">, running</span></span> : null}
      {run.models.length > 0 ? <span class="muted" title="Logged a model"><Icon name="package" /><span class="sr-only">, has a model</span></span> : null}
    </span>
  );
}
