import type { VNode } from 'preact';
import { formatShape } from '../../server/contract/format/shapes.ts';
import { useSignal } from '@preact/signals';
import type { ColumnSummary } from '../../server/contract/columnSummary.ts';
import type { Monitoring } from '../../server/contract/monitoring.ts';
import { Icon, Section } from '../ui/blocks.tsx';
import { formatNumber, formatShare } from '../../server/contract/format/numbers.ts';
import { describeBaseline } from '../../server/contract/format/drift.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { Histogram } from '../ui/Histogram.tsx';
import { distributionOf } from '../ui/histogram.ts';
import { DriftCover, DriftFigureText, FeatureDrift } from './Drift.tsx';
import type { MonitoringStore } from './store.ts';
import { defectsOf, summaryText } from './summaries.ts';

/** Live inputs and predictions beside the baseline. */
export function Features({ data, store }: { readonly data: Monitoring; readonly store: MonitoringStore }): VNode {
  const { predictions, baselineSource, driftCovers } = data;
  const hasPredictions = predictions.live !== null || predictions.baseline !== null;
  const key = (
    <span class="histogram-key muted">
      <span class="key-live" aria-hidden="true" /> live
      {baselineSource !== 'none' && (
        <>
          <span class="key-baseline" aria-hidden="true" /> baseline
        </>
      )}
      {[...data.features, predictions].some(({ live }) => live?.kind === 'numeric' && live.histogram !== null && live.histogram.below + live.histogram.above > 0) && (
        <>
          <span class="key-outside" aria-hidden="true" /> live, beyond the range
        </>
      )}
    </span>
  );
  return (
    <>
      {hasPredictions && (
        <Section title="Predictions">
          <FeatureTable features={[{ name: 'prediction', type: predictions.live?.kind ?? predictions.baseline?.kind ?? '', drift: [], ...predictions }]} label="Predictions" store={store} />
        </Section>
      )}
      <Section title="Features" note={`${plural(data.features.length, 'feature')}, ${baselineSource === 'none' ? '' : 'baseline: '}${describeBaseline(data)}`} actions={key}>
        {baselineSource !== 'none' && driftCovers !== null && <DriftCover covers={driftCovers} />}
        {data.features.length === 0 ? <p class="muted">No features are known: the model has no signature, and no request has named any.</p> : <FeatureTable features={data.features} label="Features" store={store} />}
      </Section>
    </>
  );
}

type Feature = Monitoring['features'][number];

function FeatureTable({ features, label, store }: { readonly features: readonly Feature[]; readonly label: string; readonly store: MonitoringStore }): VNode {
  const hasDrift = features.some(({ baseline, drift }) => baseline !== null && drift.some(({ isDefault }) => isDefault));
  return (
    <div class={hasDrift ? 'feature-table feature-table-drift' : 'feature-table'} role="table" aria-label={label}>
      <div class="feature-row feature-head" role="row">
        <span role="columnheader">{label === 'Features' ? 'Feature' : 'Output'}</span>
        <span role="columnheader">Distribution</span>
        <span role="columnheader">Live</span>
        <span role="columnheader">Baseline</span>
        {hasDrift && <span role="columnheader">Drift</span>}
        <span role="columnheader" class="number">Missing</span>
        <span role="columnheader" class="number">Invalid</span>
      </div>
      {features.map((feature) => (
        <FeatureRow key={feature.name} feature={feature} hasDrift={hasDrift} store={store} />
      ))}
    </div>
  );
}

const smallChart = { width: 120, height: 30 } as const;
const largeChart = { width: 360, height: 110 } as const;

function FeatureRow({ feature, hasDrift, store }: { readonly feature: Feature; readonly hasDrift: boolean; readonly store: MonitoringStore }): VNode {
  const open = useSignal(false);
  const { name, type, tensor, baseline, live, drift } = feature;
  const shownDrift = drift.find(({ isDefault }) => isDefault);
  const distribution = distributionOf(baseline, live, (value) => formatNumber(value));
  const defects = defectsOf(live);
  const warnings = (feature.findings ?? []).map(({ text }) => text);
  const share = (value: number | undefined): string => (value === undefined ? '–' : formatShare(value));
  return (
    <>
      <div class={warnings.length > 0 ? 'feature-row feature-warns' : 'feature-row'} role="row">
        <span role="rowheader" class="feature-name">
          <button
            type="button"
            class="disclosure"
            aria-expanded={open.value}
            onClick={() => {
              open.value = !open.value;
            }}
          >
            <Icon name={open.value ? 'chevron-down' : 'chevron-right'} />
            <span class="feature-title" title={name}>
              {name}
            </span>
          </button>
          <span class="muted feature-type" title={tensor === undefined ? undefined : 'All values of the tensor together'}>
            {tensor === undefined ? type : `${type} ${formatShape(tensor.shape)}`}
          </span>
          {warnings.length > 0 && (
            <span class="tone-warning feature-warning" title={warnings.join('\n')}>
              <Icon name="warning" />
              <span>{warnings.join('; ')}</span>
            </span>
          )}
        </span>
        <span role="cell" class="feature-chart">
          {distribution === undefined ? <span class="muted">no values</span> : <Histogram distribution={distribution} label={`Distribution of ${name}`} {...smallChart} />}
        </span>
        <span role="cell" class="feature-summary" data-label="Live" title={summaryText(live, 5)}>
          {summaryText(live)}
        </span>
        <span role="cell" class="feature-summary muted" data-label="Baseline" title={summaryText(baseline, 5)}>
          {baseline === null ? 'no baseline' : summaryText(baseline)}
        </span>
        {hasDrift && (
          <span role="cell" class="feature-summary" data-label="Drift">
            {baseline === null || shownDrift === undefined ? <span class="muted">–</span> : <DriftFigureText figure={shownDrift} />}
          </span>
        )}
        <span role="cell" class={(defects?.missing ?? 0) > 0 ? 'number tone-warning' : 'number feature-zero'} data-label="Missing">
          {share(defects?.missing)}
        </span>
        <span role="cell" class={(defects?.invalid ?? 0) > 0 ? 'number tone-bad' : 'number feature-zero'} data-label="Invalid">
          {share(defects?.invalid)}
        </span>
      </div>
      {open.value && (
        <div role="row">
          <div role="cell" class="feature-detail">
            {distribution !== undefined && (
              <div class="histogram-large">
                <Histogram distribution={distribution} label={`Distribution of ${name}, large`} {...largeChart} />
                <div class="histogram-axis muted" aria-hidden="true">
                  {(distribution.ends ?? distribution.bars.map((bar) => bar.label)).map((text) => (
                    <span key={text} title={text}>
                      {text}
                    </span>
                  ))}
                </div>
              </div>
            )}
            <SummaryTable baseline={baseline} live={live} name={name} />
            {baseline !== null && drift.length > 0 && <FeatureDrift drift={drift} name={name} measure={store.measureDrift} />}
          </div>
        </div>
      )}
    </>
  );
}

/** All figures of one feature, live beside baseline. */
function SummaryTable({ baseline, live, name }: { readonly baseline: ColumnSummary | null; readonly live: ColumnSummary | null; readonly name: string }): VNode {
  const [liveFigures, baselineFigures] = [figuresOf(live), figuresOf(baseline)];
  const labels = [...new Set([...liveFigures.keys(), ...baselineFigures.keys()])];
  return (
    <table class="table summary-table" aria-label={`Figures of ${name}`}>
      <thead>
        <tr>
          <th scope="col">Figure</th>
          <th scope="col" class="number">Live</th>
          <th scope="col" class="number">Baseline</th>
        </tr>
      </thead>
      <tbody>
        {labels.map((figure) => (
          <tr key={figure}>
            <th scope="row">{figure}</th>
            <td class="number">{liveFigures.get(figure) ?? '–'}</td>
            <td class="number">{baselineFigures.get(figure) ?? '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function figuresOf(summary: ColumnSummary | null): Map<string, string> {
  if (summary === null) {
    return new Map();
  }
  if (summary.kind === 'unknown') {
    return new Map([['Kind', summary.name]]);
  }
  const figures = new Map([['Values', formatNumber(summary.count)], ['Missing', formatNumber(summary.missing)], ['Invalid', formatNumber(summary.invalid)]]);
  if (summary.kind === 'numeric') {
    const add = (label: string, value: number | null): void => {
      figures.set(label, value === null ? '–' : formatNumber(value));
    };
    add('Mean', summary.mean);
    add('Standard deviation', summary.std);
    add('Minimum', summary.min);
    add('Maximum', summary.max);
    return figures;
  }
  const total = summary.top.reduce((sum, { count }) => sum + count, 0) + summary.other;
  figures.set('Distinct', formatNumber(summary.distinct));
  summary.top.slice(0, 12).forEach(({ value, count }) => figures.set(`“${value}”`, total === 0 ? '–' : formatShare(count / total)));
  if (summary.other > 0) {
    figures.set('Other values', formatShare(summary.other / total));
  }
  return figures;
}
