import type { VNode } from 'preact';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { directionOf } from '../../server/contract/metricDirection.ts';
import { numberOf } from '../../server/contract/metricValues.ts';
import { byTelling } from '../../server/contract/primaryMetric.ts';
import type { Run } from '../../server/contract/tracking.ts';
import type { CompareStore } from './store.ts';

/** All metrics of a run, those first that tell most. */
export function RunMetrics({ run, store }: { readonly run: Run; readonly store: CompareStore }): VNode | null {
  const metrics = run.metrics;
  const names = byTelling(Object.keys(metrics));
  const primary = store.judgement.primary.value?.metric;
  if (names.length === 0) {
    return null;
  }
  return (
    <div class="table-scroll" role="region" aria-label="Metrics of the run" tabIndex={0}>
      <table class="table differences" style={{ '--columns': 1 }}>
        <thead>
          <tr>
            <th scope="col">Metrics</th>
            <th scope="col">{run.name}</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => {
            const direction = directionOf(name, store.judgement.tags.value);
            const notes = [...(name === primary ? ['primary metric'] : []), ...(direction === undefined ? [] : [`${direction} is better`])];
            return (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>
                  {formatNumber(numberOf(metrics[name] ?? 'NaN'), 6)}
                  {notes.length > 0 && <span class="muted"> {notes.join(', ')}</span>}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
