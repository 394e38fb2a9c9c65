import type { VNode } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { Run } from '../../server/contract/tracking.ts';
import type { Task } from '../ui/actions.ts';
import { RelativeTime } from '../ui/blocks.tsx';
import { Grid } from '../ui/grid/Grid.tsx';
import type { GridColumn } from '../ui/grid/gridProps.ts';
import { moveColumn } from './columns.ts';
import { nameColumn, type Field } from './field.ts';
import { metricSigns } from './metricSigns.ts';
import { standsOut } from './fields.ts';
import { groupCell, lineId, type GroupCell, type Line, type RunGroup, type Summary } from './groups.ts';
import { PrimaryCell, primaryText } from './PrimaryCell.tsx';
import { GroupHead, labelOf, nameOf, RunCell } from './RunCells.tsx';
import { Sparkline } from './Sparkline.tsx';
import { sparkSize } from './sparklines.ts';
import type { CompareStore } from './store.ts';

interface RunGridProps {
  readonly store: CompareStore;
  readonly task: Task;
  /** Room for the primary metric and one param beside the name. */
  readonly narrow: boolean;
  readonly activeRow: string | undefined;
  readonly onActive: (run: Run | undefined) => void;
  readonly onRowKey: (key: string, run: Run) => boolean;
}

const help =
  'Runs with their params and metrics. Space selects a run for the charts. On a header, Enter sorts, with Shift by several columns; Alt and an arrow key resizes, with Shift it moves the column; on that of a metric S makes it the primary one and D says which values are better. On a run, S stars it, R makes it the one that the others are compared with, N opens its note, O opens its page and F2 renames it.';
const nestedHelp = 'Enter shows or hides the runs within a run.';
const groupHelp = 'On a group, Enter shows or hides its runs and Space selects them.';
/** The name of a group is that of a param and a value. */
const narrowestGroups = 260;
/** That of a run within another is up to three params with their values. */
const narrowestLabels = 370;
/** A value and how it stands to the reference. */
const narrowestPrimary = 140;

/** Runs as rows, params and metrics as columns; groups of runs as rows that open. */
export function RunGrid({ store, task, narrow, activeRow, onActive, onRowKey }: RunGridProps): VNode {
  const primary = store.primaryField.value;
  const chosen = store.judgement.primary.value?.chosen;
  const shown = store.shownFields.value;
  const fields = useMemo(() => (narrow ? narrowFields(shown, primary) : shown), [shown, primary, narrow]);
  const lines = store.lines.value;
  const grouped = store.groupedBy.value.length > 0;
  const nested = !grouped && lines.some((line) => line.kind === 'run' && line.within !== undefined);
  const labelled = lines.some((line) => line.kind === 'run' && line.label !== undefined);
  const selected = store.selectedIds.value;
  const curved = store.sparklines.curved.value;
  const shaded = store.shaded.value;
  const summary = store.summary.value;
  const chosenWidths = store.widths.value;
  const widths = narrow ? narrowWidths(fields, chosenWidths) : chosenWidths;
  const measured = useRef(new Map<string, number>());
  const columns = useMemo(() => fields.map((field) => columnOf(field, store, { task, primary, curved: narrow ? noCurves : curved, nested, shaded, summary, widthOf: (one) => Math.max(widthOf(one, store.rows.peek(), measured.current), one === primary ? narrowestPrimary : one.id !== nameColumn ? 0 : labelled ? narrowestLabels : grouped ? narrowestGroups : 0) })), [fields, primary, chosen, narrow, curved, nested, labelled, shaded, summary, grouped]);
  const metricOf = useMemo(() => new Map(fields.flatMap(({ id, kind, linked, key }) => (kind === 'metric' && !linked ? [[id, key] as const] : []))), [fields]);
  const { pinned } = store.layout.value;
  const stays = fields.findIndex(({ id }) => id !== nameColumn && !pinned.includes(id));
  const runsOf = (line: Line): readonly Run[] => (line.kind === 'run' ? [line.run] : line.runs);
  return (
    <div class={narrow ? 'run-grid run-grid-narrow' : 'run-grid'} style={{ '--lines-height': `${48 + 26 * lines.length + 12}px` }}>
      <Grid
        label={grouped ? `${help} ${groupHelp}` : nested ? `${help} ${nestedHelp}` : help}
        columns={columns}
        rows={lines}
        rowId={lineId}
        pinned={pinnedThatFit(columns, stays < 0 ? fields.length : stays, widths)}
        sort={store.orders.value.map(({ field, descending }) => ({ column: field, descending }))}
        onSort={store.toggleOrder}
        onMove={(column, index) => {
          const shown = fields.map(({ id }) => id);
          const at = shown.indexOf(column);
          const before = shown[index > at ? index + 1 : index];
          store.layout.value = moveColumn(store.layout.value, store.arrangedFields.value.map(({ id }) => id), shown, column, before);
        }}
        tree={
          grouped || nested
            ? {
                position: ({ level, place, of }) => ({ level, place, of }),
                expanded: (line) => (line.kind === 'group' ? line.expanded : line.within?.expanded),
                onToggle: store.toggleLine,
              }
            : undefined
        }
        arrangement={store.arrangement.value}
        isSelected={(line) => runsOf(line).every((run) => selected.has(run.runId))}
        onSelect={(line) => {
          store.toggleAll(runsOf(line));
        }}
        onSelectAll={store.selectAll}
        widths={widths}
        onResize={(column, width) => {
          store.widths.value = { ...store.widths.value, [column]: width };
        }}
        onLook={(drawn, ids) => {
          if (!narrow) {
            store.sparklines.look(drawn.flatMap((line) => (line.kind === 'run' ? [line.run.runId] : [])), ids.flatMap((id) => metricOf.get(id) ?? []));
          }
        }}
        rowContext={contextOf}
        onRowKey={(key, line) => line.kind === 'run' && onRowKey(key, line.run)}
        onActive={(line) => {
          onActive(line?.kind === 'run' ? line.run : undefined);
        }}
        activeRow={activeRow}
      />
    </div>
  );
}

/** For the context menu of a run, whose entries are in package.json. */
function contextOf(line: Line): string | undefined {
  if (line.kind === 'group') {
    return undefined;
  }
  const { runId, models, cell, source } = line.run;
  return JSON.stringify({ webviewSection: 'run', preventDefaultContextMenuItems: true, runId, slipwayModel: models.length > 0, slipwayCell: cell !== undefined || source === 'capture' });
}

/** A run's name, the primary metric and the first param that tells the runs apart. */
function narrowFields(shown: readonly Field[], primary: Field | undefined): readonly Field[] {
  const metric = primary ?? shown.find(({ kind }) => kind === 'metric');
  const param = shown.find(({ kind }) => kind === 'param');
  return shown.filter((field) => field.id === nameColumn || field === metric || field === param);
}

/** Widths that fit into 400 pixels: of the name, the metric and the param. */
const fitting = [160, 122, 84];

function narrowWidths(fields: readonly Field[], chosen: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(fields.map(({ id }, index) => [id, Math.min(fitting[index] ?? 84, chosen[id] ?? Number.POSITIVE_INFINITY)]));
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

/** Without room for sparklines. */
const noCurves: ReadonlySet<string> = new Set();

interface Look {
  /** Metrics with sparklines. */
  readonly curved: ReadonlySet<string>;
  readonly task: Task;
  /** The metric by which the runs are judged, if it is one of the columns. */
  readonly primary: Field | undefined;
  readonly nested: boolean;
  readonly shaded: boolean;
  readonly summary: Summary;
  readonly widthOf: (field: Field) => number;
}

function columnOf(field: Field, store: CompareStore, { task, primary, curved, nested, shaded, summary, widthOf: widthOfField }: Look): GridColumn<Line> {
  const cells = new WeakMap<RunGroup, GroupCell>();
  const cellOf = (group: RunGroup): GroupCell => {
    const known = cells.get(group) ?? groupCell(field, group, summary);
    cells.set(group, known);
    return known;
  };
  const sparkles = field.kind === 'metric' && !field.linked && curved.has(field.key);
  const sparkline = (run: Run): VNode | undefined => (sparkles ? <Sparkline runId={run.runId} metric={field.key} store={store} /> : undefined);
  const base = { id: field.id, label: field.label, group: field.group, width: widthOfField(field) + (sparkles ? sparkSize.width + 6 : 0), sortable: true, signs: metricSigns(field, store.judgement, task) } as const;
  if (field.id === nameColumn) {
    return {
      ...base,
      text: (line) => (line.kind === 'run' ? nameOf(line) : labelOf(line)),
      render: (line) => (line.kind === 'run' ? <RunCell line={line} nested={nested} store={store} /> : <GroupHead group={line} store={store} />),
    };
  }
  const text = (line: Line): string => (line.kind === 'run' ? field.text(line.run) : cellOf(line).text);
  if (field.id === 'started') {
    return { ...base, text, render: (line) => <RelativeTime at={line.kind === 'run' ? line.run.startedAt : line.runs.reduce((newest, run) => Math.max(newest, run.startedAt), 0)} /> };
  }
  const shade = shaded && field.kind === 'metric' ? { shade: (line: Line) => (line.kind === 'run' ? field.share(line.run) : undefined) } : {};
  if (field === primary) {
    return {
      ...base,
      ...shade,
      numeric: true,
      note: hintOf(field),
      text: (line) => (line.kind === 'run' ? primaryText(field, line.run, store) : cellOf(line).text),
      render: (line) => (line.kind === 'run' ? <PrimaryCell field={field} run={line.run} store={store} sparkline={sparkline(line.run)} /> : cellOf(line).text),
    };
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
    ...shade,
    ...(sparkles ? { render: (line: Line) => (line.kind === 'run' ? <span class="spark-cell">{sparkline(line.run)}<span class="spark-value">{field.text(line.run)}{field.best.has(line.run.runId) && <span class="sr-only">, best</span>}</span></span> : cellOf(line).text) } : {}),
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

function hintOf(field: Field): string {
  const direction = field.direction === undefined ? '' : ` ${field.direction === 'lower' ? 'Lower' : 'Higher'} is better.`;
  return `${field.differs ? 'Differs between the runs.' : 'Equal in all runs.'}${direction}`;
}
