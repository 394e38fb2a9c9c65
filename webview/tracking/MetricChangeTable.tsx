import type { VNode } from 'preact';
import { useSignal } from '@preact/signals';
import type { Run } from '../../server/contract/tracking.ts';
import { LinkButton } from '../ui/blocks.tsx';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { changeText, type MetricChange } from '../../server/contract/metricChange.ts';
import type { MetricChanges } from './differences.ts';
import { RunHeads } from './RunHead.tsx';
import type { CompareStore } from './store.ts';

interface TableProps {
  readonly metrics: readonly MetricChanges[];
  /** The first one is what the others are compared with. */
  readonly runs: readonly Run[];
  readonly store: CompareStore;
}

const rowsAtOnce = 30;

/** Metrics with their change from the first run, absolute and relative. */
export function MetricChangeTable({ metrics, runs, store }: TableProps): VNode | null {
  const all = useSignal(false);
  if (metrics.length === 0) {
    return null;
  }
  return (
    <>
      <div class="table-scroll" role="region" aria-label="Metrics of the selected runs" tabIndex={0}>
        <table class="table differences" style={{ '--columns': runs.length }}>
          <thead>
            <tr>
              <th scope="col">Metrics</th>
              <RunHeads runs={runs} store={store} />
            </tr>
          </thead>
          <tbody>
            {metrics.slice(0, all.value ? metrics.length : rowsAtOnce).map(({ name, changes, differs }) => (
              <tr key={name}>
                <th scope="row">
                  {name}
                  {differs && <span class="sr-only"> (differs)</span>}
                </th>
                {changes.map((change, index) => (
                  <td key={runs[index]?.runId ?? index} data-label={runs[index]?.name}>
                    <Change change={change} isBase={index === 0} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {metrics.length > rowsAtOnce && (
        <LinkButton onClick={() => { all.value = !all.value; }}>{all.value ? `Show ${rowsAtOnce} metrics` : `Show ${metrics.length - rowsAtOnce} more of ${metrics.length} metrics`}</LinkButton>
      )}
    </>
  );
}

const verdicts = { better: 'change-better', worse: 'change-worse', same: 'muted' } as const;

function Change({ change, isBase }: { readonly change: MetricChange; readonly isBase: boolean }): VNode {
  const { value, verdict } = change;
  if (value === undefined) {
    return <span class="muted">none</span>;
  }
  const text = isBase ? '' : changeText(change);
  return (
    <span class="metric-change">
      <span class="metric-value">{formatNumber(value)}</span>
      {text !== '' && (
        <span class={verdict === undefined ? 'muted' : verdicts[verdict]}>
          {text}
          {(verdict === 'better' || verdict === 'worse') && <span class="sr-only"> {verdict}</span>}
        </span>
      )}
    </span>
  );
}
