import type { VNode } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { runStatus, type Run } from '../../server/contract/tracking.ts';
import { Icon, RelativeTime } from '../ui/blocks.tsx';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { Grid } from '../ui/grid/Grid.tsx';
import type { GridColumn } from '../ui/grid/gridProps.ts';
import { moveColumn, nameColumn } from './columns.ts';
import { noteOf, standsOut, type Field } from './fields.ts';
import { groupCell, lineId, type GroupCell, type Line, type RunGroup, type Summary } from './groups.ts';
import { RunMark } from './RunMark.tsx';
import type { CompareStore } from './store.ts';

interface RunGridProps {
  readonly store: CompareStore;
  readonly activeRow: string | undefined;
  readonly onActive: (run: Run | undefined) => void;
  readonly onRowKey: (key: string, run: Run) => boolean;
}

const help =
  'Runs with their params and metrics. Space selects a run for the charts. On a header, Enter sorts, with Shift by several columns; Alt and an arrow key resizes, with Shift it moves the column. On a run, S stars it, N opens its note and F2 renames it.';
const groupHelp = 'On a group, Enter shows or hides its runs and Space selects them.';
const mostLines = 14;
/** The name of a group is that of a param and a value. */
const narrowestGroups = 260;

/** Runs as rows, params and metrics as columns; groups of runs as rows that open. */
export function RunGrid({ store, activeRow, onActive, onRowKey }: RunGridProps): VNode {
  const fields = store.shownFields.value;
  const lines = store.lines.value;
  const grouped = store.groupedBy.value.length > 0;
  const selected = store.selectedIds.value;
  const shaded = store.shaded.value;
  const summary = store.summary.value;
  const measured = useRef(new Map<string, number>());
  const columns = useMemo(() => fields.map((field) => columnOf(field, store, { shaded, summary, widthOf: (one) => Math.max(widthOf(one, store.rows.peek(), measured.current), grouped && one.id === nameColumn ? narrowestGroups : 0) })), [fields, shaded, summary, grouped]);
  const { pinned } = store.layout.value;
  const stays = fields.findIndex(({ id }) => id !== nameColumn && !pinned.includes(id));
  const runsOf = (line: Line): readonly Run[] => (line.kind === 'run' ? [line.run] : line.runs);
  return (
    <div class="run-grid" style={{ height: `${48 + 26 * Math.min(lines.length, mostLines) + 12}px` }}>
      <Grid
        label={grouped ? `${help} ${groupHelp}` : help}
        columns={columns}
        rows={lines}
        rowId={lineId}
        pinned={pinnedThatFit(columns, stays < 0 ? fields.length : stays, store.widths.value)}
        sort={store.orders.value.map(({ field, descending }) => ({ column: field, descending }))}
        onSort={store.toggleOrder}
        onMove={(column, index) => {
          const shown = fields.map(({ id }) => id);
          const at = shown.indexOf(column);
          const before = shown[index > at ? index + 1 : index];
          store.layout.value = moveColumn(store.layout.value, store.arrangedFields.value.map(({ id }) => id), shown, column, before);
        }}
        tree={
          grouped
            ? {
                position: ({ level, place, of }) => ({ level, place, of }),
                expanded: (line) => (line.kind === 'group' ? line.expanded : undefined),
                onToggle: (line) => {
                  if (line.kind === 'group') {
                    store.toggleGroup(line);
                  }
                },
              }
            : undefined
        }
        arrangement={store.arrangement.value}
        isSelected={(line) => runsOf(line).every((run) => selected.has(run.runId))}
        onSelect={(line) => {
          store.toggleAll(runsOf(line));
        }}
        onSelectAll={store.selectAll}
        widths={store.widths.value}
        onResize={(column, width) => {
          store.widths.value = { ...store.widths.value, [column]: width };
        }}
        onRowKey={(key, line) => line.kind === 'run' && onRowKey(key, line.run)}
        onActive={(line) => {
          onActive(line?.kind === 'run' ? line.run : undefined);
        }}
        activeRow={activeRow}
      />
    </div>
  );
}

/** Pinned columns leave room for others. */
const pinnedShare = 0.6;

function pinnedThatFit(columns: readonly GridColumn<Line>[], wanted: number, widths: Readonly<Record<string, number>>): number {
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
const measuredRows = 16;

/** As wide as its first values want it, and so wide from then on: columns do not move while runs arrive. */
function widthOf(field: Field, runs: readonly Run[], measured: Map<string, number>): number {
  const known = measured.get(field.id);
  if (known !== undefined) {
    return known;
  }
  // Wide enough for the values; a longer name may be cut more than they.
  const longest = runs.slice(0, measuredRows).reduce((most, run) => Math.max(most, field.text(run).length), field.id === nameColumn ? 0 : Math.min(field.label.length + 2, 18));
  const pixels = Math.round(longest * pixelsPerCharacter);
  const width = field.id === nameColumn ? Math.max(150, Math.min(280, pixels + 120)) : field.id === 'started' ? 92 : Math.max(64, Math.min(190, pixels + 26));
  if (runs.length > 0) {
    measured.set(field.id, width);
  }
  return width;
}

interface Look {
  readonly shaded: boolean;
  readonly summary: Summary;
  readonly widthOf: (field: Field) => number;
}

function columnOf(field: Field, store: CompareStore, { shaded, summary, widthOf: widthOfField }: Look): GridColumn<Line> {
  const cells = new WeakMap<RunGroup, GroupCell>();
  const cellOf = (group: RunGroup): GroupCell => {
    const known = cells.get(group) ?? groupCell(field, group, summary);
    cells.set(group, known);
    return known;
  };
  const base = { id: field.id, label: field.label, group: field.group, width: widthOfField(field), sortable: true } as const;
  if (field.id === nameColumn) {
    return {
      ...base,
      text: (line) => (line.kind === 'run' ? line.run.name : labelOf(line)),
      render: (line) => (line.kind === 'run' ? <RunCell run={line.run} level={line.level} store={store} /> : <GroupHead group={line} store={store} />),
    };
  }
  const text = (line: Line): string => (line.kind === 'run' ? field.text(line.run) : cellOf(line).text);
  if (field.id === 'started') {
    return { ...base, text, render: (line) => <RelativeTime at={line.kind === 'run' ? line.run.startedAt : line.runs.reduce((newest, run) => Math.max(newest, run.startedAt), 0)} /> };
  }
  return {
    ...base,
    // Read for the columns in view only: each looks at all runs.
    get numeric() {
      return field.numeric;
    },
    get note() {
      return field.kind === 'run' ? undefined : hintOf(field);
    },
    text,
    ...(shaded && field.kind === 'metric' ? { shade: (line: Line) => (line.kind === 'run' ? field.share(line.run) : undefined) } : {}),
    mark: (line) => {
      if (line.kind === 'group') {
        const { meaning } = cellOf(line);
        return meaning === '' ? undefined : { className: 'grid-summary', meaning };
      }
      if (field.best.has(line.run.runId)) {
        return { className: 'grid-best', meaning: field.direction === 'lower' ? 'best, lowest' : 'best, highest' };
      }
      return standsOut(field, line.run) ? { className: 'grid-differs', meaning: 'differs' } : undefined;
    },
  };
}

function labelOf({ grouping, value }: RunGroup): string {
  return `${grouping.label.replace(/^(?:params|tags)\./, '')}: ${value === undefined ? 'none' : grouping.show(value)}`;
}

function hintOf(field: Field): string {
  const direction = field.direction === undefined ? '' : ` ${field.direction === 'lower' ? 'Lower' : 'Higher'} is better.`;
  return `${field.differs ? 'Differs between the runs.' : 'Equal in all runs.'}${direction}`;
}

function GroupHead({ group, store }: { readonly group: RunGroup; readonly store: CompareStore }): VNode {
  const selected = store.selectedIds.value;
  const count = group.runs.reduce((sum, run) => sum + (selected.has(run.runId) ? 1 : 0), 0);
  return (
    <span class="run-cell" style={{ '--level': group.level - 1 }}>
      <span
        class="twistie"
        onClick={() => {
          store.toggleGroup(group);
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

function RunCell({ run, level, store }: { readonly run: Run; readonly level: number; readonly store: CompareStore }): VNode {
  const starred = store.starred.value.has(run.runId);
  const checked = store.selectedIds.value.has(run.runId);
  return (
    <span class="run-cell" style={{ '--level': level - 1 }}>
      <Check
        on={checked ? 'all' : 'none'}
        onToggle={() => {
          store.toggleSelected(run.runId);
        }}
      />
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
      {noteOf(run) !== '' && <span class="muted" title={noteOf(run)}><Icon name="note" /><span class="sr-only">, has a note</span></span>}
      {run.status === 'FAILED' || run.status === 'KILLED' ? <span class="tone-bad"><Icon name="error" /><span class="sr-only">, failed</span></span> : null}
      {run.status === 'RUNNING' ? <span><Icon name="sync" spin /><span class="sr-only">, running</span></span> : null}
      {runStatus.safeParse(run.status).success ? null : <span class="muted">{run.status.toLowerCase()}</span>}
      {run.models.length > 0 ? <span class="muted" title="Logged a model"><Icon name="package" /><span class="sr-only">, has a model</span></span> : null}
    </span>
  );
}
