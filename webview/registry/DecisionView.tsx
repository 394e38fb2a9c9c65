import { useComputed } from '@preact/signals';
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatNumber, formatShare } from '../../server/contract/format/numbers.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { countedThresholds } from '../../server/contract/monitoring.ts';
import type { ModelVersion } from '../../server/contract/registry.ts';
import { useActions, type Task } from '../ui/actions.ts';
import { Facts, Failure, Section, Skeleton } from '../ui/blocks.tsx';
import { Chart } from '../ui/chart/Chart.tsx';
import { formatTime } from '../ui/format.ts';
import { Button } from '../ui/toolkit.ts';
import type { DecisionStore, ServedTraffic } from './decisionStore.ts';
import { Folded } from './Folded.tsx';
import { costOf, thresholdFigures, type ScoredRows } from './evaluation.ts';

interface DecisionViewProps {
  readonly store: DecisionStore;
  readonly version: ModelVersion;
  readonly task: Task;
}

/** The threshold of a version: what each makes of its evaluation and of last week's traffic, and a release with the chosen one. */
export function DecisionView({ store, version, task }: DecisionViewProps): VNode {
  const { evaluation } = store;
  const rows = evaluation.value.value;
  const failure = evaluation.failure.value;
  return (
    <Section title="Decision" {...(rows === undefined || rows === null ? {} : { note: `${plural(rows.rows.length, 'evaluation row')} of ${rows.source}` })}>
      {rows === undefined && failure === undefined && <Skeleton rows={2} label="Loading the evaluation" />}
      {rows === undefined && failure !== undefined && <Failure what="The evaluation could not be loaded." failure={failure} onRetry={evaluation.reset} />}
      {rows === null && (
        <Folded title="No evaluation rows with scores">
          <p class="muted">
            Log them with the run, for a model of two classes: <code>{'mlflow.log_table({"label": y_test, "score": model.predict_proba(X_test)[:, 1]}, "evaluation.json")'}</code>
          </p>
        </Folded>
      )}
      {rows !== undefined && rows !== null && <ThresholdChooser store={store} version={version} rows={rows} task={task} />}
    </Section>
  );
}

function ThresholdChooser({ store, version, rows, task }: DecisionViewProps & { readonly rows: ScoredRows }): VNode {
  const actions = useActions();
  const figures = useMemo(() => thresholdFigures(rows), [rows]);
  const costs = store.costs.value;
  const traffic = store.traffic.value.value;
  const inForce = traffic?.threshold;
  const index = useComputed(() => store.chosen.value ?? Math.round((store.traffic.value.value?.threshold ?? 0.5) * 100)).value;
  const at = figures[index] ?? figures[50];
  const series = useMemo(
    () => [
      { id: 'precision', label: 'Precision', colour: 'var(--vscode-charts-blue)', values: figures.map(({ precision }) => precision) },
      { id: 'recall', label: 'Recall', colour: 'var(--vscode-charts-purple)', dash: [6, 3], values: figures.map(({ recall }) => recall) },
      { id: 'cost', label: 'Cost a row', colour: 'var(--slipway-orange)', dash: [2, 3], values: figures.map((each) => costOf(each, costs)) },
    ],
    [figures, costs],
  );
  if (at === undefined) {
    return <p class="muted">No thresholds.</p>;
  }
  const [, positive] = rows.classes;
  const cheapest = figures.reduce((best, each) => (costOf(each, costs) < costOf(best, costs) ? each : best));
  const threshold = at.threshold.toFixed(2);
  const precision = at.precision === null ? 'none' : formatShare(at.precision);
  return (
    <div class="decision">
      <Chart title="Precision, recall and cost by threshold" x={figures.map((each) => each.threshold)} xLabel="Threshold" series={series} kind="lines" fromZero format={(value) => formatNumber(value, 3)} formatX={(value) => value.toFixed(2)} />
      <label class="decision-slider">
        <span>Threshold</span>
        <input
          type="range"
          min="0"
          max="100"
          step="1"
          value={index}
          aria-label="Threshold"
          aria-valuetext={`${threshold}: precision ${precision}, recall ${formatShare(at.recall)}, cost ${formatNumber(costOf(at, costs), 3)} a row`}
          onInput={(event) => {
            store.chosen.value = Number(event.currentTarget.value);
          }}
        />
        <output>{threshold}</output>
      </label>
      <div class="decision-costs">
        <CostField label={`A missed ${positive} costs`} value={costs.missed} onChange={(missed) => { store.costs.value = { ...costs, missed }; }} />
        <CostField label={`A wrong ${positive} costs`} value={costs.alarm} onChange={(alarm) => { store.costs.value = { ...costs, alarm }; }} />
        <Button onClick={() => { store.chosen.value = Math.round(cheapest.threshold * 100); }}>Least cost: {cheapest.threshold.toFixed(2)}</Button>
      </div>
      <Facts
        items={[
          { label: 'Precision', value: precision },
          { label: 'Recall', value: formatShare(at.recall) },
          { label: 'Cost a row', value: formatNumber(costOf(at, costs), 3) },
          { label: `Answered ${positive}`, value: `${formatNumber(at.truePositives + at.falsePositives)} of ${formatNumber(rows.rows.length)}` },
          { label: `Missed ${positive}`, value: formatNumber(at.falseNegatives) },
          { label: `Wrong ${positive}`, value: formatNumber(at.falsePositives) },
        ]}
      />
      {traffic !== undefined && <TrafficText traffic={traffic} index={index} positive={positive} />}
      {store.traffic.failure.value !== undefined && <Failure what="The traffic could not be loaded." failure={store.traffic.failure.value} onRetry={store.traffic.reset} />}
      <div class="panel-actions">
        <Button
          primary
          disabled={inForce === at.threshold}
          title={inForce === at.threshold ? 'The endpoint decides by it' : 'Deploys this version with the threshold'}
          onClick={() => {
            task.run(() => actions.command('slipway.useThreshold', { model: version.name, version: version.version, threshold: at.threshold }));
          }}
        >
          Use {threshold}
        </Button>
      </div>
    </div>
  );
}

function CostField({ label, value, onChange }: { readonly label: string; readonly value: number; readonly onChange: (value: number) => void }): VNode {
  return (
    <label class="decision-cost">
      <span>{label}</span>
      <input
        type="number"
        min="0"
        step="any"
        value={value}
        onInput={(event) => {
          const typed = event.currentTarget.valueAsNumber;
          if (typed >= 0 && Number.isFinite(typed)) {
            onChange(typed);
          }
        }}
      />
    </label>
  );
}

/** What the threshold would have made of the traffic, and of which. */
function TrafficText({ traffic, index, positive }: { readonly traffic: ServedTraffic | null; readonly index: number; readonly positive: string }): VNode {
  if (traffic === null) {
    return <p class="muted">No endpoint serves this version, so there is no traffic to compare with.</p>;
  }
  const { endpoint, requests, scoredRequests, rows, atLeast, from, threshold } = traffic;
  if (rows === 0) {
    return (
      <p class="muted">
        {requests === 0 ? `${endpoint} answered no request with this version in the last week.` : `The ${plural(requests, 'request')} that ${endpoint} answered since ${formatTime(from)} have no scores. A release with a threshold, or with the method both, records them.`}
      </p>
    );
  }
  const answered = atLeast[index] ?? 0;
  // Rows are counted at hundredths; what lies between them is not said.
  const now = threshold === undefined ? undefined : atLeast[countedThresholds.indexOf(threshold)];
  return (
    <p role="status">
      On {endpoint} since {formatTime(from)}: <strong>{`${formatNumber(answered)} of ${formatNumber(rows)} rows (${formatShare(answered / rows)})`}</strong> would have been answered {positive}
      {now === undefined ? '' : `, ${formatNumber(now)} with the threshold in force (${threshold ?? ''})`}.
      {scoredRequests < requests && ` ${plural(requests - scoredRequests, 'request')} of ${formatNumber(requests)} have no scores and are not in it.`}
    </p>
  );
}
