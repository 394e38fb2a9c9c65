import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import type { Run } from '../../server/contract/tracking.ts';
import { Failure, LinkButton, Section } from '../ui/blocks.tsx';
import { isDigest, shortDigest } from '../../server/contract/format/digests.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { Dropdown } from '../ui/toolkit.ts';
import { mostPairs } from './differenceStore.ts';
import { differencesOf, metricChanges, shownValues, type DifferenceGroup } from './differences.ts';
import { MetricChangeTable } from './MetricChangeTable.tsx';
import { NotebookDifferences } from './NotebookDifferences.tsx';
import { RunHeads } from './RunHead.tsx';
import { RunMetrics } from './RunMetrics.tsx';
import type { CompareStore } from './store.ts';

/** With more columns than this, values other than params are counted: most of them are alike. */
const mostColumns = mostPairs;
const mostCompared = 24;

/** How the selected runs differ: metrics with their change, params, notebook cells, code, data, signature, environment. */
export function Differences({ store }: { readonly store: CompareStore }): VNode | null {
  const comparison = store.comparison.value.value;
  const selected = store.selected.value;
  const base = store.differences.base.value;
  const onlyDiffering = store.onlyDiffering.value;
  const runs = useMemo(() => (base === undefined ? [] : [base, ...selected.filter((run) => run !== base)].slice(0, mostCompared)), [selected, base]);
  const groups = useMemo(() => (comparison === undefined ? [] : differencesOf(comparison, runs, onlyDiffering)), [comparison, runs, onlyDiffering]);
  const metrics = useMemo(() => (base === undefined ? [] : metricChanges(runs, base, store.fields.value)), [runs, base, store.fields.value]);
  if (base === undefined) {
    return null;
  }
  const notebooks = store.differences.notebooks;
  const cells = [...(notebooks.value.value?.values() ?? [])].reduce((sum, pair) => sum + pair.cells.length, 0);
  const count = groups.reduce((total, group) => total + group.rows.filter((row) => row.differs).length, 0) + metrics.filter(({ differs }) => differs).length + cells;
  const failure = store.comparison.failure.value ?? notebooks.failure.value;
  return (
    <Section
      title={runs.length > 1 ? 'Differences' : 'Details'}
      {...(runs.length > 1 ? { note: count === 0 ? 'none' : plural(count, 'difference') } : {})}
      {...(runs.length > 1
        ? {
            actions: (
              <>
                <span class="muted">from</span>
                <Dropdown
                  label="Compare with"
                  value={base.runId}
                  choices={selected.slice(0, mostCompared).map(({ runId, name }) => ({ value: runId, label: name }))}
                  onChange={(runId) => {
                    store.differences.chosen.value = runId;
                  }}
                />
              </>
            ),
          }
        : {})}
    >
      {failure !== undefined && <Failure what="Not all differences could be loaded." failure={failure} onRetry={() => { store.comparison.refresh(); notebooks.refresh(); }} />}
      {selected.length > runs.length && <p class="muted">Of the first {runs.length} selected runs.</p>}
      {runs.length === 1 && <RunMetrics run={base} store={store} />}
      {runs.length > 1 && <MetricChangeTable metrics={metrics.filter(({ differs }) => differs || !onlyDiffering)} runs={runs} store={store} />}
      {groups.filter(({ kind }) => kind === 'param').map((group) => <DifferenceTable key={group.kind} group={group} runs={runs} store={store} />)}
      <NotebookDifferences base={base} runs={runs} store={store} />
      {groups.filter(({ kind }) => kind !== 'param').map((group) => <DifferenceTable key={group.kind} group={group} runs={runs} store={store} />)}
      {groups.length === 0 && runs.length > 1 && cells === 0 && <p class="muted">The selected runs do not differ in params, code, data, signature or environment.</p>}
    </Section>
  );
}

interface DifferenceTableProps {
  readonly group: DifferenceGroup;
  readonly runs: readonly Run[];
  readonly store: CompareStore;
}

/** Long lists, such as environments, begin with what differs. */
const rowsAtOnce = 30;
/** Longer lists that are alike in all runs are folded. */
const rowsAlike = 5;

function DifferenceTable({ group, runs, store }: DifferenceTableProps): VNode {
  const all = useSignal(false);
  const byRun = group.kind === 'param' || runs.length <= mostColumns;
  const differing = group.rows.filter(({ differs }) => differs).length;
  const folds = runs.length > 1 && group.rows.length - differing > rowsAlike;
  const rows = useMemo(() => (folds || group.rows.length > rowsAtOnce ? [...group.rows].sort((a, b) => Number(b.differs) - Number(a.differs)) : group.rows), [group, folds]);
  const first = folds ? Math.min(differing, rowsAtOnce) : rowsAtOnce;
  const shown = rows.slice(0, all.value ? rows.length : first);
  return (
    <>
      <div class="table-scroll" role="region" aria-label={`${group.title} of the selected runs`} tabIndex={0}>
        <table class="table differences" style={{ '--columns': byRun ? runs.length : 1 }}>
          <thead>
            <tr>
              <th scope="col">
                {group.title}
                {runs.length > 1 && <span class="muted"> {differing === 0 ? 'alike' : `${differing} of ${group.total} differ`}</span>}
              </th>
              {byRun ? (
                <RunHeads runs={runs} store={store} />
              ) : (
                <th scope="col">Values</th>
              )}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={row.key} class={row.differs ? (byRun ? '' : 'row-differs') : 'row-alike'}>
                <th scope="row">
                  {row.key}
                  {row.differs && <span class="sr-only"> (differs)</span>}
                </th>
                {byRun ? <RunValues row={row} runs={runs} /> : <td><ValueCounts values={row.values} /></td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > first && (
        <LinkButton onClick={() => { all.value = !all.value; }}>
          {all.value ? (first === 0 ? 'Hide these rows' : `Show ${first} rows`) : first === differing ? `Show ${rows.length - first} rows that are alike` : `Show ${rows.length - first} more of ${rows.length} rows`}
        </LinkButton>
      )}
    </>
  );
}

/** A cell for each run; where the row differs, those that are not as in the first run are marked. */
function RunValues({ row: { values, differs }, runs }: { readonly row: DifferenceGroup['rows'][number]; readonly runs: readonly Run[] }): VNode {
  const shown = shownValues(values);
  return (
    <>
      {values.map((value, index) => (
        <td key={runs[index]?.runId ?? index} class={differs && value !== values[0] ? 'cell-differs' : ''} data-label={runs[index]?.name}>
          <Value value={value} shown={shown[index]} />
        </td>
      ))}
    </>
  );
}

function Value({ value, shown = value }: { readonly value: string | undefined; readonly shown?: string | undefined }): VNode {
  if (value === undefined) {
    return <span class="muted">none</span>;
  }
  const digest = isDigest(value);
  return (
    <code class={digest ? 'value nowrap' : 'value'} title={digest || shown !== value ? value : undefined}>
      {digest ? shortDigest(value) : shown}
    </code>
  );
}

/** Distinct values with the number of runs that have each. */
function ValueCounts({ values }: { readonly values: readonly (string | undefined)[] }): VNode {
  const counts = new Map<string | undefined, number>();
  values.forEach((value) => counts.set(value, (counts.get(value) ?? 0) + 1));
  return (
    <ul class="plain value-counts">
      {[...counts].sort((a, b) => b[1] - a[1]).map(([value, runs]) => (
        <li key={value ?? ''}>
          <Value value={value} /> <span class="muted">{plural(runs, 'run')}</span>
        </li>
      ))}
    </ul>
  );
}
