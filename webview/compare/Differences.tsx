import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Run } from '../../server/contract/tracking.ts';
import { Section } from '../ui/blocks.tsx';
import { plural, shortDigest } from '../ui/format.ts';
import { differencesOf, type DifferenceGroup } from './differences.ts';
import { RunMark } from './RunMark.tsx';
import type { CompareStore } from './store.ts';

const mostColumns = 4;

/** Code, data and environment of the selected runs. */
export function Differences({ store }: { readonly store: CompareStore }): VNode | null {
  const comparison = store.comparison.value.value;
  const runs = store.selected.value;
  const onlyDiffering = store.onlyDiffering.value;
  const groups = useMemo(
    () => (comparison === undefined ? [] : differencesOf(comparison, runs.map((run) => run.runId), onlyDiffering)),
    [comparison, runs, onlyDiffering],
  );
  if (store.showsLatest.value || runs.length === 0) {
    return null;
  }
  const count = groups.reduce((total, group) => total + group.rows.filter((row) => row.differs).length, 0);
  return (
    <Section title="Code, data, environment" note={count === 0 ? 'no differences' : plural(count, 'difference')}>
      {groups.length === 0 && <p class="muted">The selected runs do not differ in code, data or environment.</p>}
      {groups.map((group) => (
        <DifferenceTable key={group.kind} group={group} runs={runs} store={store} />
      ))}
    </Section>
  );
}

interface DifferenceTableProps {
  readonly group: DifferenceGroup;
  readonly runs: readonly Run[];
  readonly store: CompareStore;
}

function DifferenceTable({ group, runs, store }: DifferenceTableProps): VNode {
  const byRun = runs.length <= mostColumns;
  return (
    <div class="table-scroll" role="region" aria-label={`${group.title} of the selected runs`} tabIndex={0}>
      <table class="table differences">
        <thead>
          <tr>
            <th scope="col">{group.title}</th>
            {byRun ? (
              runs.map((run) => (
                <th key={run.runId} scope="col">
                  <span class="run-head">
                    <RunMark run={run} store={store} />
                    {run.name}
                  </span>
                </th>
              ))
            ) : (
              <th scope="col">Values</th>
            )}
          </tr>
        </thead>
        <tbody>
          {group.rows.map((row) => (
            <tr key={row.key} class={row.differs ? 'row-differs' : ''}>
              <th scope="row">
                {row.key}
                {row.differs && <span class="sr-only"> (differs)</span>}
              </th>
              {byRun ? row.values.map((value, index) => <td key={runs[index]?.runId ?? index} data-label={runs[index]?.name}><Value value={value} /></td>) : <td><ValueCounts values={row.values} /></td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Value({ value }: { readonly value: string | undefined }): VNode {
  if (value === undefined) {
    return <span class="muted">none</span>;
  }
  const isDigest = /^[0-9a-f]{32,64}$/.test(value);
  return (
    <code class={isDigest ? 'value nowrap' : 'value'} title={isDigest ? value : undefined}>
      {isDigest ? shortDigest(value) : value}
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
