import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Monitoring } from '../../server/contract/monitoring.ts';
import { Chart } from '../ui/chart/Chart.tsx';
import { formatTime } from '../ui/format.ts';
import { formatDuration, formatLatency } from '../../server/contract/format/durations.ts';
import { formatNumber } from '../../server/contract/format/numbers.ts';

/** Requests by outcome, and latency, over the span. */
export function TrafficCharts({ data }: { readonly data: Monitoring }): VNode {
  const { windows, from, to } = data;
  const drawn = useMemo(() => {
    const first = windows[0];
    // A bar is as high as what was answered.
    const lost = windows.some((window) => window.lost !== null)
      ? [{ id: 'lost', label: 'Not logged', colour: 'var(--vscode-disabledForeground)', values: windows.map((window) => window.lost?.requests ?? 0) }]
      : [];
    return {
      x: windows.map((window) => (window.from + window.to) / 2),
      range: [from, to] as const,
      width: first === undefined ? 0 : first.to - first.from,
      outcomes: [
        { id: 'ok', label: 'OK', colour: 'var(--vscode-charts-blue)', values: windows.map((window) => window.requests - window.clientErrors - window.serverErrors) },
        { id: 'refused', label: 'Refused', colour: 'var(--vscode-charts-yellow)', values: windows.map((window) => window.clientErrors) },
        { id: 'failed', label: 'Failed', colour: 'var(--vscode-charts-red)', values: windows.map((window) => window.serverErrors) },
        ...lost,
      ],
      latency: [
        { id: 'p50', label: 'p50', colour: 'var(--vscode-charts-blue)', values: windows.map((window) => window.latency?.p50 ?? null) },
        { id: 'p90', label: 'p90', colour: 'var(--vscode-charts-purple)', dash: [6, 3], values: windows.map((window) => window.latency?.p90 ?? null) },
        { id: 'p99', label: 'p99', colour: 'var(--slipway-orange)', dash: [2, 3], values: windows.map((window) => window.latency?.p99 ?? null) },
      ],
    };
  }, [windows, from, to]);
  return (
    <div class="charts charts-wide">
      <Chart
        title={`Requests${drawn.width > 0 ? ` per ${formatDuration(drawn.width)}` : ''}`}
        x={drawn.x}
        xLabel="Time"
        series={drawn.outcomes}
        kind="stacked-bars"
        time
        sync="traffic"
        range={drawn.range}
        format={(value) => formatNumber(value)}
        formatX={formatTime}
      />
      <Chart
        title="Latency at the gateway"
        x={drawn.x}
        xLabel="Time"
        series={drawn.latency}
        kind="lines"
        time
        fromZero
        sync="traffic"
        range={drawn.range}
        format={formatLatency}
        formatX={formatTime}
      />
    </div>
  );
}
