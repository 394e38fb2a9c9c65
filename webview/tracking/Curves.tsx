import { Fragment, type RefObject, type VNode } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { MetricSeries, Run } from '../../server/contract/tracking.ts';
import { Failure, LinkButton, Section, Segments, Skeleton, ToolButton } from '../ui/blocks.tsx';
import { Chart } from '../ui/chart/Chart.tsx';
import { align, curveOf, smooth, spacingOf, type Curve, type CurveAxis } from '../ui/chart/curves.ts';
import { durationSteps } from '../ui/chart/ticks.ts';
import { formatTime } from '../ui/format.ts';
import { formatDuration } from '../../server/contract/format/durations.ts';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { lineLook } from '../ui/theme.ts';
import { Checkbox } from '../ui/toolkit.ts';
import { toggled } from './columns.ts';
import { chartsAtOnce, mostCurves, type CurveStore } from './curveStore.ts';
import { isCurve, withDetail } from './curveWindows.ts';
import { RunLegend } from './RunLegend.tsx';
import type { CompareStore } from './store.ts';

/** How metrics went over time, one chart a metric. */
export function Curves({ store }: { readonly store: CompareStore }): VNode | null {
  const { curves } = store;
  const series = curves.series.value;
  const failure = curves.failure.value;
  const runs = curves.runs.value;
  const selected = store.selected.value.length;
  const complete = curves.complete.value;
  const groups = curves.groups.value;
  const search = curves.search.value;
  const { keys, once, thinned } = useMemo(() => {
    const drawn = new Set(runs.map(({ runId }) => runId));
    const histories = groups
      .flatMap((group) => group.keys)
      .map((key) => ({ key, found: [...(series.get(key)?.values() ?? [])].filter(({ runId }) => drawn.has(runId)) }))
      .filter(({ found }) => found.length > 0);
    return {
      keys: histories.filter(({ found }) => found.some(isCurve)).map(({ key }) => key),
      once: histories.filter(({ found }) => !found.some(isCurve)).length,
      thinned: histories.some(({ found }) => found.some(({ points, total }) => points.length < total)),
    };
  }, [series, runs, groups]);
  const shown = new Set(keys.slice(0, curves.charts.value));
  const isLoading = keys.length === 0 && !complete && failure === undefined;
  const field = useRef<HTMLInputElement>(null);
  const clear = (): void => {
    curves.search.value = '';
    field.current?.focus();
  };

  if (runs.length === 0) {
    return (
      <Section title="Metric curves">
        <p class="muted">Select runs in the table to see their curves.</p>
      </Section>
    );
  }
  return (
    <Section title="Metric curves" {...(keys.length > 0 || search !== '' ? { actions: <CurveControls curves={curves} field={field} /> } : {})}>
      {failure !== undefined && <Failure what="The curves could not be loaded." failure={failure} onRetry={curves.retry} />}
      {isLoading && <Skeleton rows={4} label="Loading curves" />}
      {selected > mostCurves && <p class="muted">Curves of the first {mostCurves} selected runs.</p>}
      {keys.length > 0 && <RunLegend runs={runs} store={store} />}
      {groups.map((group) => {
        const own = group.keys.filter((key) => shown.has(key));
        return own.length === 0 ? null : (
          <Fragment key={group.name}>
            {group.name !== '' && <h3 class="charts-group">{group.name}</h3>}
            <div class="charts">
              {own.map((key) => <MetricChart key={key} metric={key} runs={runs} store={store} />)}
            </div>
          </Fragment>
        );
      })}
      {thinned && <p class="muted">Long histories are thinned: a point is the mean of its stretch{curves.bands.value ? ', the band spans the lowest and the highest value of it' : ''}. Zoom in to see more.</p>}
      {(keys.length > shown.size || (!complete && keys.length >= curves.charts.value)) && (
        <p class="muted">
          {shown.size} of {plural(groups.reduce((sum, group) => sum + group.keys.length, 0), 'metric')}.{' '}
          <LinkButton onClick={() => { curves.charts.value += chartsAtOnce; }}>Show more charts</LinkButton>
        </p>
      )}
      {complete && once > 0 && (
        <p class="muted">
          {keys.length === 0 ? 'No metric has values over steps or time, so there are no curves. ' : ''}
          {plural(once, 'metric was', 'metrics were')} logged with one value; the table has {once === 1 ? 'it' : 'them'}.
        </p>
      )}
      {complete && keys.length === 0 && once === 0 && (
        <p class="muted">{search === '' ? 'The selected runs have no metrics.' : <>No metric of the selected runs has this name. <LinkButton onClick={clear}>Show all metrics</LinkButton></>}</p>
      )}
    </Section>
  );
}

function CurveControls({ curves, field }: { readonly curves: CurveStore; readonly field: RefObject<HTMLInputElement | null> }): VNode {
  const axis = curves.axis.value;
  return (
    <div class="curve-controls">
      {(curves.metrics.value > chartsAtOnce / 2 || curves.search.value !== '') && (
        <input
          ref={field}
          type="search"
          class="field curve-search"
          aria-label="Search charts"
          placeholder="Search charts"
          value={curves.search.value}
          onInput={(event) => {
            curves.search.value = event.currentTarget.value;
          }}
        />
      )}
      <Segments
        label="Horizontal axis"
        value={axis}
        choices={[
          { value: 'step', label: 'Step' },
          { value: 'time', label: 'Time', title: 'Time since the first value of each run' },
          { value: 'clock', label: 'Clock', title: 'Date and time' },
        ]}
        onChange={(next: CurveAxis) => {
          curves.axis.value = next;
        }}
      />
      <Checkbox checked={curves.logX.value} disabled={axis === 'clock'} onChange={(checked) => { curves.logX.value = checked; }}>
        Log x
      </Checkbox>
      <Checkbox checked={curves.log.value} onChange={(checked) => { curves.log.value = checked; }}>
        Log y
      </Checkbox>
      <Checkbox checked={curves.bands.value} onChange={(checked) => { curves.bands.value = checked; }}>
        Bands
      </Checkbox>
      <label class="slider">
        <span>Smoothing</span>
        <input type="range" min="0" max="0.98" step="0.02" value={curves.smoothing.value} onInput={(event) => { curves.smoothing.value = Number(event.currentTarget.value); }} />
        <output>{curves.smoothing.value.toFixed(2)}</output>
      </label>
    </div>
  );
}

interface MetricChartProps {
  readonly metric: string;
  readonly runs: readonly Run[];
  readonly store: CompareStore;
}

function MetricChart({ metric, runs, store }: MetricChartProps): VNode {
  const { curves } = store;
  const large = curves.enlarged.value.includes(metric);
  const byRun = curves.series.value.get(metric);
  const details = curves.details.value.get(metric);
  const axis = curves.axis.value;
  const logX = curves.logX.value && axis !== 'clock';
  const smoothing = curves.smoothing.value;
  const bands = curves.bands.value;
  const drawn = useMemo(() => {
    const present = runs.flatMap((run, index) => {
      const series = byRun?.get(run.runId);
      const detail = details?.get(run.runId);
      return series === undefined || series.points.length === 0 ? [] : [{ run, look: lineLook(index), ...drawnCurve(series, detail === undefined ? series : withDetail(series, detail.window, detail.series), axis, logX, smoothing) }];
    });
    const aligned = align(present.map(({ curve: { x }, line }) => ({ x, y: line })));
    return {
      x: aligned.x,
      lines: present.map(({ run, look, curve }, index) => ({
        id: run.runId,
        label: run.name,
        ...look,
        values: aligned.y[index] ?? [],
        under: { x: curve.x, ...(bands ? { low: curve.low, high: curve.high } : { low: [], high: [] }), ...(smoothing > 0 ? { line: curve.y } : {}) },
      })),
    };
  }, [metric, byRun, details, runs, axis, logX, smoothing, bands]);
  return (
    <Chart
      title={metric}
      x={drawn.x}
      xLabel={xLabels[axis]}
      series={drawn.lines}
      kind="lines"
      sparse
      log={curves.log.value}
      logX={logX}
      time={axis === 'clock'}
      sync={`compare-${axis}`}
      large={large}
      note={
        <ToolButton
          icon={large ? 'screen-normal' : 'screen-full'}
          label={large ? `Make ${metric} small` : `Enlarge ${metric}`}
          onClick={() => {
            curves.enlarged.value = toggled(curves.enlarged.value, metric);
          }}
        />
      }
      legend={{ hidden: curves.hidden.value, highlighted: store.highlighted.value, onHighlight: (runId) => { store.highlighted.value = runId; } }}
      zoom={curves.zoomOf(metric)}
      onZoom={(range) => { curves.zoom(metric, range); }}
      format={(value) => formatNumber(value)}
      formatX={(value) => formatsX[axis](value)}
      {...(axis === 'time' ? { formatTick: (value: number) => (value === 0 ? '0' : formatDuration(value * 1000)), increments: durationSteps } : {})}
    />
  );
}

const xLabels: Readonly<Record<CurveAxis, string>> = { step: 'Step', time: 'Time', clock: 'Date and time' };

const formatsX: Readonly<Record<CurveAxis, (value: number) => string>> = {
  step: (value) => `step ${new Intl.NumberFormat('en', { maximumFractionDigits: 0 }).format(value)}`,
  time: (value) => formatDuration(value * 1000),
  clock: formatTime,
};

/** A curve in what the axis can show, and its smoothed line. Smoothing follows the whole history, so that a zoom looks no different. */
function drawnCurve(whole: MetricSeries, series: MetricSeries, axis: CurveAxis, logX: boolean, smoothing: number): { readonly curve: Curve; readonly line: readonly (number | null)[] } {
  const curve = curveOf(series, axis);
  const line = smooth(curve, smoothing, spacingOf(curveOf(whole, axis)));
  const first = logX ? curve.x.findIndex((x) => x > 0) : 0;
  const from = first === -1 ? curve.x.length : first;
  return {
    curve: { x: curve.x.slice(from), y: curve.y.slice(from), low: curve.low.slice(from), high: curve.high.slice(from) },
    line: line.slice(from),
  };
}
