import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { useActions } from '../ui/actions.ts';
import { Section } from '../ui/blocks.tsx';
import { Menu } from '../ui/Menu.tsx';
import { Popover } from '../ui/Popover.tsx';
import { Dropdown } from '../ui/toolkit.ts';
import { toggled } from './columns.ts';
import type { Grouping } from './groups.ts';
import { pivotOf, type Pivot, type PivotCell } from './pivot.ts';
import { cellText, columnHeads, pivotCsv, pivotLatex, pivotMarkdown, shownValue, type PivotNames } from './pivotText.ts';
import { SearchedChoices } from './SearchedChoices.tsx';
import type { CompareStore } from './store.ts';

const noColumns = '';
const mostRows = 200;
const mostColumns = 20;
const mostChosen = 4;
/** Params that are varied to see how much chance does. */
const seeds = /(?:^|[._-])(?:seed|random_?state)$/i;
const dataNames = /^(?:params|tags)\..*\b(?:data_?set|data|split)$/i;

/** A metric over params and one more thing, such as the data set: mean and deviation over runs that differ in nothing else of it. */
export function PivotTable({ store }: { readonly store: CompareStore }): VNode {
  const actions = useActions();
  const chosen = store.relations.value;
  const groupings = store.groupings.value;
  const fields = store.fields.value;
  const rows = store.rows.value;
  const metrics = useMemo(() => fields.filter(({ kind, linked }) => kind === 'metric' && !linked), [fields]);
  const metric = metrics.find(({ id }) => id === chosen['pivotMetric']) ?? store.primaryField.value ?? metrics[0];
  const measured = useMemo(() => (metric === undefined ? [] : rows.filter((run) => metric.number(run) !== undefined)), [rows, metric]);
  const across = chosen['pivotAcross'] === undefined ? groupings.find(({ label }) => dataNames.test(label)) : groupings.find(({ id }) => id === chosen['pivotAcross']);
  const usual = useMemo(() => fields.filter((field) => field.kind === 'param' && !field.linked && !seeds.test(field.key) && field.tells(measured)).map(({ id }) => id).filter((id) => id !== across?.id).slice(0, 2), [fields, measured, across]);
  const wanted = chosen['pivotDown'] === undefined ? usual : chosen['pivotDown'].split('\n');
  const wantedText = wanted.join('\n');
  const down = useMemo(() => wanted.flatMap((id) => groupings.find((grouping) => grouping.id === id) ?? []), [wantedText, groupings]);
  const pivot = useMemo(() => (metric === undefined ? undefined : pivotOf(rows, down, across, metric)), [rows, down, across, metric]);
  const choose = (choice: Readonly<Record<string, string>>): void => {
    store.relations.value = { ...store.relations.value, ...choice };
  };
  if (metric === undefined || pivot === undefined) {
    return <Section title="Pivot table"><p class="muted">The runs have no metrics.</p></Section>;
  }
  const names: PivotNames = { down, across, metric: metric.key };
  return (
    <Section
      title="Pivot table"
      note={`mean ± standard deviation over ${plural(measured.length, 'run')}${pivot.without > 0 ? `; ${formatNumber(pivot.without)} without ${metric.key}` : ''}`}
      actions={
        <Menu
          label="Copy pivot table"
          icon="copy"
          items={[
            { label: 'Copy as Markdown', icon: 'markdown', run: () => { actions.copy(pivotMarkdown(pivot, names)); } },
            { label: 'Copy as CSV', icon: 'table', run: () => { actions.copy(pivotCsv(pivot, names)); } },
            { label: 'Copy as LaTeX', icon: 'file-code', run: () => { actions.copy(pivotLatex(pivot, names)); } },
          ]}
        />
      }
    >
      <div class="toolbar">
        <Popover label="Rows" icon="list-flat" note={down.length === 0 ? 'none' : down.map(({ label }) => label.replace(/^(?:params|tags)\./, '')).join(', ')}>
          {() => <RowChoices groupings={groupings} wanted={down.map(({ id }) => id)} onChange={(ids) => { choose({ pivotDown: ids.join('\n') }); }} />}
        </Popover>
        <span class="muted">Columns</span>
        <Dropdown
          label="Columns of the pivot table"
          value={across?.id ?? noColumns}
          choices={[{ value: noColumns, label: 'None' }, ...groupings.map(({ id, label }) => ({ value: id, label }))]}
          onChange={(id) => { choose({ pivotAcross: id }); }}
        />
        <span class="muted">Metric</span>
        <Dropdown label="Metric of the pivot table" value={metric.id} choices={metrics.map(({ id, key }) => ({ value: id, label: key }))} onChange={(id) => { choose({ pivotMetric: id }); }} />
      </div>
      <Cells pivot={pivot} names={names} />
      {(pivot.rows.length > mostRows || pivot.columns.length > mostColumns) && (
        <p class="muted">
          {formatNumber(Math.min(mostRows, pivot.rows.length))} of {plural(pivot.rows.length, 'row')} and {Math.min(mostColumns, pivot.columns.length)} of {plural(pivot.columns.length, 'column')} are shown; copies have all of them.
        </p>
      )}
    </Section>
  );
}

function RowChoices({ groupings, wanted, onChange }: { readonly groupings: readonly Grouping[]; readonly wanted: readonly string[]; readonly onChange: (ids: readonly string[]) => void }): VNode {
  return (
    <SearchedChoices
      search="Search what makes the rows"
      label="What makes the rows"
      choices={groupings}
      nameOf={({ label }) => label}
      actions={() => <p class="muted view-help">At most {mostChosen}. Runs that are alike in them and in the column make one cell.</p>}
      row={({ id, label }) => (
        <li key={id} class="chooser-row">
          <label title={label}>
            <input type="checkbox" checked={wanted.includes(id)} disabled={wanted.length >= mostChosen && !wanted.includes(id)} onChange={() => { onChange(toggled(wanted, id)); }} />
            <span class="grid-text">{label}</span>
          </label>
        </li>
      )}
    />
  );
}

function Cells({ pivot, names }: { readonly pivot: Pivot; readonly names: PivotNames }): VNode {
  return (
    <div class="table-scroll pivot" role="region" aria-label="Pivot table" tabIndex={0}>
      <table class="table">
        <thead>
          <tr>
            {names.down.map(({ id, label }) => <th key={id} scope="col">{label}</th>)}
            {columnHeads(pivot, names).slice(0, mostColumns).map((head, index) => <th key={index} scope="col" class="number">{head}</th>)}
          </tr>
        </thead>
        <tbody>
          {pivot.rows.slice(0, mostRows).map(({ values, cells }) => (
            <tr key={JSON.stringify(values)}>
              {values.map((value, index) => <th key={index} scope="row">{shownValue(names.down[index], value)}</th>)}
              {cells.slice(0, mostColumns).map((cell, index) => <td key={index} class="number">{cell === undefined ? '–' : <Mean cell={cell} />}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Mean({ cell }: { readonly cell: PivotCell }): VNode {
  return (
    <span class={cell.best ? 'pivot-best' : ''} title={plural(cell.runs.length, 'run')}>
      {cellText(cell)}
      <span class="muted"> n={formatNumber(cell.runs.length)}</span>
      {cell.best && <span class="sr-only">, best</span>}
    </span>
  );
}
