import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import type { MetricSeries, Run } from '../../server/contract/tracking.ts';
import { Failure, LinkButton, Section, Segments, Skeleton } from '../ui/blocks.tsx';
import { Chart } from '../ui/chart/Chart.tsx';
import { align, curveOf, smooth, type CurveAxis } from '../ui/chart/curves.ts';
import { formatDuration, formatNumber, plural } from '../ui/format.ts';
import { lineLook } from '../ui/theme.ts';
import { Checkbox } from '../ui/toolkit.ts';
import { mostCurves, type CompareStore } from './store.ts';

const chartsAtOnce = 12;

/** How metrics went over time, one chart a metric. */
export function Curves({ store }: { readonly store: CompareStore }): VNode | null {
  const shown = useSignal(chartsAtOnce);
  const series = store.series.value.value;
  const failure = store.series.failure.value;
  const runs = store.selected.value;
  const keys = useMemo(() => [...new Set((series ?? []).filter(({ points }) => points.length > 1).map(({ key }) => key))].sort(), [series]);
  const once = useMemo(() => new Set((series ?? []).map(({ key }) => key)).size - keys.length, [series, keys]);

  if (runs.length === 0) {
    return (
      <Section title="Metric curves">
        <p class="muted">Select runs in the table to see their curves.</p>
      </Section>
    );
  }
  const controls = (
    <div class="curve-controls">
      <Segments label="Horizontal axis" value={store.axis.value} choices={[{ value: 'step', label: 'Step' }, { value: 'time', label: 'Time' }]} onChange={(axis: CurveAxis) => { store.axis.value = axis; }} />
      <Checkbox checked={store.log.value} onChange={(checked) => { store.log.value = checked; }}>
        Log scale
      </Checkbox>
      <label class="slider">
        <span>Smoothing</span>
        <input type="range" min="0" max="0.98" step="0.02" value={store.smoothing.value} onInput={(event) => { store.smoothing.value = Number(event.currentTarget.value); }} />
        <output>{store.smoothing.value.toFixed(2)}</output>
      </label>
    </div>
  );
  return (
    <Section title="Metric curves" {...(keys.length > 0 ? { actions: controls } : {})}>
      {failure !== undefined && <Failure what="The curves could not be loaded." failure={failure} onRetry={store.series.refresh} />}
      {series === undefined && failure === undefined && <Skeleton rows={4} label="Loading curves" />}
      {runs.length > mostCurves && <p class="muted">Curves of the first {mostCurves} selected runs.</p>}
      <div class="charts">
        {keys.slice(0, shown.value).map((key) => (
          <MetricChart key={key} metric={key} series={series ?? []} runs={runs.slice(0, mostCurves)} store={store} />
        ))}
      </div>
      {keys.length > shown.value && (
        <LinkButton onClick={() => { shown.value += chartsAtOnce; }}>
          Show {plural(Math.min(chartsAtOnce, keys.length - shown.value), 'more chart', 'more charts')}
        </LinkButton>
      )}
      {series !== undefined && once > 0 && (
        <p class="muted">
          {keys.length === 0 ? 'No metric was logged more than once, so there are no curves. ' : ''}
          {plural(once, 'metric was', 'metrics were')} logged once; the table has the value{once === 1 ? '' : 's'}.
        </p>
      )}
      {series?.length === 0 && <p class="muted">The selected runs have no metrics.</p>}
    </Section>
  );
}

interface MetricChartProps {
  readonly metric: string;
  readonly series: readonly MetricSeries[];
  readonly runs: readonly Run[];
  readonly store: CompareStore;
}

function MetricChart({ metric, series, runs, store }: MetricChartProps): VNode {
  const axis = store.axis.value;
  const smoothing = store.smoothing.value;
  const drawn = useMemo(() => {
    const present = runs.flatMap((run, index) => {
      const found = series.find((item) => item.key === metric && item.runId === run.runId);
      return found === undefined || found.points.length === 0 ? [] : [{ run, look: lineLook(index), curve: curveOf(found, axis) }];
    });
    const aligned = align(present.map(({ curve }) => ({ x: curve.x, y: smooth(curve.y, smoothing) })));
    return { x: aligned.x, lines: present.map(({ run, look }, index) => ({ id: run.runId, label: run.name, ...look, values: aligned.y[index] ?? [] })) };
  }, [metric, series, runs, axis, smoothing]);
  return (
    <Chart
      title={metric}
      x={drawn.x}
      xLabel={axis === 'step' ? 'Step' : 'Time'}
      series={drawn.lines}
      kind="lines"
      log={store.log.value}
      sync={`compare-${axis}`}
      format={(value) => formatNumber(value)}
      formatX={(value) => (axis === 'step' ? `step ${formatNumber(value)}` : formatDuration(value * 1000))}
    />
  );
}
