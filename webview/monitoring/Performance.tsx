import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { shortDigest } from '../../server/contract/format/digests.ts';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { comparedAs, coverageText, howToLabel, intervalMethodText, intervalText, labelsText, metricLabel, metricsOf, metricValueText } from '../../server/contract/format/performance.ts';
import type { MetricFigure, Performance, PerformancePart } from '../../server/contract/performance.ts';
import { CopyButton, Failure, Section, Segments, Skeleton } from '../ui/blocks.tsx';
import { Chart } from '../ui/chart/Chart.tsx';
import { formatTime } from '../ui/format.ts';
import { Dropdown } from '../ui/toolkit.ts';
import { performanceDays, type MonitoringStore } from './store.ts';

const dayLabels: Readonly<Record<(typeof performanceDays)[number], string>> = { 1: '1 d', 7: '7 d', 30: '30 d', 90: '90 d' };

/** How right the predictions were, by the labels that came, and how to send some where there are none. */
export function PerformanceSection({ store }: { readonly store: MonitoringStore }): VNode {
  const found = store.performance.value.value;
  const failure = store.performance.failure.value;
  const labelled = found !== undefined && found.labels.lastReceivedAt !== null;
  return (
    <Section
      title="Performance"
      note={labelled ? coverageText(found.total) : undefined}
      actions={
        labelled ? (
          <Segments
            label="Predictions of the last"
            value={store.performanceDays.value}
            choices={performanceDays.map((value) => ({ value, label: dayLabels[value] }))}
            onChange={(value) => {
              store.performanceDays.value = value;
            }}
          />
        ) : undefined
      }
    >
      {failure !== undefined && <Failure what="The performance could not be loaded." failure={failure} onRetry={store.performance.refresh} />}
      {found === undefined && failure === undefined && <Skeleton rows={3} label="Loading performance" />}
      {found !== undefined && (labelled ? <Figures found={found} /> : <NoLabels endpoint={found.endpoint} />)}
    </Section>
  );
}

function NoLabels({ endpoint }: { readonly endpoint: string }): VNode {
  return (
    <>
      <p>No labels yet. Send what turned out to be true, when it is known: by the request id of each answer (header <code>x-request-id</code>), or by a column of the input.</p>
      {howToLabel(endpoint).map((line) => (
        <div key={line} class="curl">
          <pre tabIndex={0} aria-label="Example of sending labels">
            <code>{line}</code>
          </pre>
          <CopyButton text={line} label="Copy command" />
        </div>
      ))}
    </>
  );
}

function Figures({ found }: { readonly found: Performance }): VNode {
  const { total, releases } = found;
  const metrics = metricsOf(total);
  return (
    <>
      <p class="muted">
        {formatTime(found.from)} to {formatTime(found.to)}, compared as {comparedAs(total)}. {labelsText(found)}.{!found.isComplete && ' The log is still being read.'}
      </p>
      {metrics.length > 0 && (
        <div class="performance">
          <MetricTable part={total} />
          <MetricChart found={found} metrics={metrics} />
        </div>
      )}
      {releases.length > 1 && <ByRelease releases={releases} metrics={metrics} />}
    </>
  );
}

function MetricTable({ part }: { readonly part: PerformancePart }): VNode {
  return (
    <table class="table summary-table performance-table" aria-label="Metrics">
      <thead>
        <tr>
          <th scope="col">Metric</th>
          <th scope="col" class="number">Value</th>
          <th scope="col">95 % interval</th>
        </tr>
      </thead>
      <tbody>
        {metricsOf(part).map((figure) => (
          <tr key={figure.metric}>
            <th scope="row">{metricLabel(figure)}</th>
            <td class="number">{metricValueText(figure)}</td>
            <td class="muted" title={intervalMethodText(figure)}>
              {figure.value === null ? (figure.reason ?? '') : intervalText(figure, part)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** One metric over time, with its interval; a window without labels is a gap. */
function MetricChart({ found, metrics }: { readonly found: Performance; readonly metrics: readonly MetricFigure[] }): VNode | null {
  const chosen = useSignal<string | undefined>(undefined);
  const shown = metrics.find(({ metric }) => metric === chosen.value) ?? (['auc', 'f1', 'mae'] as const).flatMap((wanted) => metrics.filter(({ metric, value }) => metric === wanted && value !== null))[0] ?? metrics[0];
  const metric = shown?.metric;
  const { windows } = found;
  const drawn = useMemo(() => {
    const figures = windows.map(({ part }) => metricsOf(part).find((figure) => figure.metric === metric));
    return {
      x: windows.map(({ from, to }) => (from + to) / 2),
      series: [
        { id: 'value', label: 'Value', colour: 'var(--vscode-charts-blue)', values: figures.map((figure) => figure?.value ?? null) },
        { id: 'low', label: '95 % from', colour: 'var(--vscode-charts-purple)', dash: [2, 3], values: figures.map((figure) => figure?.interval?.low ?? null) },
        { id: 'high', label: '95 % to', colour: 'var(--vscode-charts-purple)', dash: [6, 3], values: figures.map((figure) => figure?.interval?.high ?? null) },
      ],
    };
  }, [windows, metric]);
  if (shown === undefined) {
    return null;
  }
  return (
    <div class="performance-chart">
      <Dropdown
        label="Metric"
        value={shown.metric}
        choices={metrics.map((figure) => ({ value: figure.metric, label: metricLabel(figure) }))}
        onChange={(value) => {
          chosen.value = value;
        }}
      />
      <Chart
        title={`${metricLabel(shown)} by when it was predicted`}
        x={drawn.x}
        xLabel="Time"
        series={drawn.series}
        kind="lines"
        time
        range={[found.from, found.to]}
        format={(value) => formatNumber(value, 3)}
        formatX={formatTime}
      />
    </div>
  );
}

function ByRelease({ releases, metrics }: { readonly releases: Performance['releases']; readonly metrics: readonly MetricFigure[] }): VNode {
  return (
    <div class="table-scroll" role="region" aria-label="Performance by release" tabIndex={0}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Release</th>
            <th scope="col" class="number">Labelled</th>
            {metrics.map((figure) => (
              <th key={figure.metric} scope="col" class="number">
                {metricLabel(figure)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {releases.map(({ release, modelVersion, part }) => (
            <tr key={release}>
              <th scope="row" class="nowrap">
                {modelVersion !== undefined && <>v{modelVersion} </>}
                <code title={release}>{shortDigest(release)}</code>
              </th>
              <td class="number nowrap" title={coverageText(part)}>
                {formatNumber(part.labelled)} of {formatNumber(part.predictions)}
              </td>
              {metrics.map(({ metric }) => {
                const figure = metricsOf(part).find((each) => each.metric === metric);
                return (
                  <td key={metric} class="number nowrap" title={figure === undefined ? comparedAs(part) : figure.value === null ? figure.reason : intervalText(figure, part)}>
                    {figure === undefined ? '–' : metricValueText(figure)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
