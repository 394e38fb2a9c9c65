import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { Section, Skeleton } from '../ui/blocks.tsx';
import { plural } from '../../server/contract/format/plural.ts';
import { Dropdown } from '../ui/toolkit.ts';
import type { Importance } from './importance.ts';
import { ImportanceChart } from './ImportanceChart.tsx';
import { ParallelCoordinates } from './ParallelCoordinates.tsx';
import { Scatter } from './Scatter.tsx';
import { Staged } from './Staged.tsx';
import type { CompareStore } from './store.ts';
import { useImportance } from './useImportance.ts';

const nothing: readonly Importance[] = [];
/** More lines and points cannot be told apart. */
const mostRuns = 1000;
const mostAxes = 6;

/** How params and metrics of the runs in the table go together. */
export function Relations({ store, narrow }: { readonly store: CompareStore; readonly narrow: boolean }): VNode | null {
  const all = store.rows.value;
  const fields = store.fields.value;
  const chosen = store.relations.value;
  const [metricId, xId, yId] = [chosen['metric'], chosen['x'], chosen['y']];
  const primary = store.judgement.primary.value?.metric;
  const runs = useMemo(() => {
    const apart = Math.ceil(all.length / mostRuns);
    return apart <= 1 ? all : all.filter((_, index) => index % apart === 0);
  }, [all]);
  const metrics = useMemo(() => fields.filter(({ kind }) => kind === 'metric'), [fields]);
  const metric = metrics.find(({ id }) => id === metricId) ?? metrics.find(({ key }) => key === primary) ?? metrics.find(({ direction }) => direction !== undefined) ?? metrics[0];
  const params = useMemo(() => fields.filter(({ kind }) => kind === 'param'), [fields]);
  const importance = useImportance(runs, params, metric);
  const found = importance ?? nothing;
  const axes = useMemo(() => (metric === undefined ? [] : [...found.slice(0, narrow ? 2 : mostAxes).map(({ field }) => field), metric]), [found, metric, narrow]);
  const numeric = useMemo(() => fields.filter((field) => field.numeric), [fields]);

  if (metric === undefined) {
    return null;
  }
  if (importance === undefined) {
    return (
      <Section title="Params and metrics">
        <Skeleton rows={6} label="Comparing params with metrics" />
      </Section>
    );
  }
  const x = numeric.find(({ id }) => id === xId) ?? found.find(({ field }) => field.numeric)?.field ?? numeric[0] ?? metric;
  const y = numeric.find(({ id }) => id === yId) ?? metric;
  return (
    <Section
      title="Params and metrics"
      note={runs.length < all.length ? `every ${Math.ceil(all.length / mostRuns)}th of ${plural(all.length, 'run')}` : plural(runs.length, 'run')}
      actions={
        <Dropdown
          label="Metric"
          value={metric.id}
          choices={metrics.map(({ id, key }) => ({ value: id, label: key }))}
          onChange={(id) => {
            store.relations.value = { ...store.relations.value, metric: id, y: id };
          }}
        />
      }
    >
      {importance?.length === 0 && <p class="muted">No param was varied over enough of these runs to tell what goes with {metric.key}.</p>}
      <Staged
        parts={[
          () => (axes.length > 1 ? <ParallelCoordinates key="parallel" store={store} runs={runs} fields={axes} /> : null),
          () => (
            <div key="charts" class="charts charts-wide">
              <Staged
                parts={[
                  () => (found.length > 0 ? <ImportanceChart key="importance" metric={metric} found={found} /> : null),
                  () => (
                    <Scatter
                      key="scatter"
                      store={store}
                      runs={runs}
                      fields={numeric}
                      x={x}
                      y={y}
                      onChoose={(axis, id) => {
                        store.relations.value = { ...store.relations.value, [axis]: id };
                      }}
                    />
                  ),
                ]}
              />
            </div>
          ),
        ]}
      />
    </Section>
  );
}
