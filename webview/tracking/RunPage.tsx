import type { ComponentChildren, VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatDuration } from '../../server/contract/format/durations.ts';
import { shortDigest } from '../../server/contract/format/digests.ts';
import { formatNumber } from '../../server/contract/format/numbers.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { directionOf, isFoldMetric, isTrainingMetric } from '../../server/contract/metricDirection.ts';
import { numberOf } from '../../server/contract/metricValues.ts';
import { labelsWithin } from '../../server/contract/nestedRuns.ts';
import { tellingMetrics } from '../../server/contract/primaryMetric.ts';
import { sourceOf } from '../../server/contract/runTies.ts';
import type { Run } from '../../server/contract/tracking.ts';
import { useActions, type Task } from '../ui/actions.ts';
import { Badge, CopyButton, Facts, Failure, LinkButton, RelativeTime, Section, type Tone } from '../ui/blocks.tsx';
import { fileName } from '../ui/format.ts';
import { noteOf } from './fields.ts';
import type { CompareStore } from './store.ts';

const tones: Readonly<Record<string, Tone>> = { FINISHED: 'good', RUNNING: 'accent', FAILED: 'bad', KILLED: 'warning' };

/** What a run is: its state, where it came from and what came of it. Its values, curves and files are in the tabs below. */
export function RunPage({ run, store, task }: { readonly run: Run; readonly store: CompareStore; readonly task: Task }): VNode {
  const { parent, children, versions } = store.page;
  const failure = parent.failure.value ?? children.failure.value ?? versions.failure.value;
  const best = tellingMetrics(run.metrics, 12).filter(([metric]) => !isTrainingMetric(metric)).slice(0, 4);
  return (
    <>
      {failure !== undefined && <Failure what="Not all of the run could be loaded." failure={failure} onRetry={() => { [parent, children, versions].forEach(({ refresh }) => { refresh(); }); }} />}
      <Section title="Run">
        <Facts items={factsOf(run, store, useActions(), task)} />
        {noteOf(run) !== '' && <p class="run-note">{noteOf(run)}</p>}
        {best.length > 0 && (
          <dl class="facts run-figures" aria-label="Metrics that tell most">
            {best.map(([metric, value]) => (
              <div key={metric} class="fact">
                <dt>{metric}</dt>
                <dd class="run-figure">{formatNumber(numberOf(value))}</dd>
              </div>
            ))}
          </dl>
        )}
      </Section>
      <ChildRuns run={run} store={store} />
    </>
  );
}

type Fact = Parameters<typeof Facts>[0]['items'][number];

function factsOf(run: Run, store: CompareStore, actions: ReturnType<typeof useActions>, task: Task): Fact[] {
  const { cell, tags, startedAt, endedAt, status } = run;
  const experiment = store.judgement.experiments.value.get(run.experimentId)?.name ?? run.experimentId;
  const parent = store.page.parent.value.value;
  const commit = tags['slipway.git.commit'] ?? tags['mlflow.source.git.commit'];
  const source = sourceOf(run);
  const fact = (label: string, value: ComponentChildren): Fact => ({ label, value });
  return [
    fact('State', <Badge tone={tones[status] ?? 'neutral'}>{status.toLowerCase()}</Badge>),
    fact('Started', <RelativeTime at={startedAt} />),
    ...(endedAt === undefined ? [] : [fact('Took', formatDuration(endedAt - startedAt))]),
    ...(run.user === '' ? [] : [fact('By', run.user)]),
    fact('Experiment', <LinkButton title="Compare all runs of the experiment" onClick={() => { actions.show({ panel: 'compare', runIds: [], experimentId: run.experimentId }); }}>{experiment}</LinkButton>),
    ...(parent === undefined ? [] : [fact('Within', <LinkButton title="Open the run that it was started within" onClick={() => { actions.show({ panel: 'compare', runIds: [parent.runId] }); }}>{parent.name}</LinkButton>)]),
    ...(cell === undefined
      ? source === undefined ? [] : [fact('Source', <span title={source}>{fileName(source)}</span>)]
      : [fact('Source', <LinkButton title={source ?? ''} onClick={() => { task.run(() => actions.command('slipway.openNotebookCell', cell)); }}>{`cell ${cell.cellIndex + 1} of ${fileName(cell.notebook)}`}</LinkButton>)]),
    ...(commit === undefined ? [] : [fact('Commit', <code title={commit}>{commit.slice(0, 10)}</code>)]),
    fact('Models', <Models run={run} store={store} />),
    fact('ID', <span class="digest"><code title={run.runId}>{shortDigest(run.runId)}</code><CopyButton text={run.runId} label="Copy the run’s ID" /></span>),
  ];
}

function Models({ run, store }: { readonly run: Run; readonly store: CompareStore }): VNode {
  const actions = useActions();
  const versions = store.page.versions.value.value ?? [];
  if (versions.length === 0) {
    return <span class={run.models.length === 0 ? 'muted' : ''}>{run.models.length === 0 ? 'none logged' : `${run.models.map(({ name }) => name).join(', ')}, not registered`}</span>;
  }
  return (
    <>
      {versions.map(({ model, version, aliases }, index) => (
        <span key={`${model} ${version}`}>
          {index > 0 && ', '}
          <LinkButton title="Open in the registry" onClick={() => { actions.show({ panel: 'registry', model }); }}>{`${model} v${version}`}</LinkButton>
          {aliases.map((alias) => ` @${alias}`)}
        </span>
      ))}
    </>
  );
}

/** Children that are listed; Compare has all of them. */
const mostShown = 50;
const metricsOfChild = 3;

function ChildRuns({ run, store }: { readonly run: Run; readonly store: CompareStore }): VNode | null {
  const actions = useActions();
  const found = store.page.children.value.value;
  const runs = useMemo(() => [...(found?.runs ?? [])].sort((a, b) => a.startedAt - b.startedAt), [found]);
  const tags = store.judgement.tags.value;
  const labels = useMemo(() => labelsWithin(runs), [runs]);
  const metrics = useMemo(() => [...new Set(runs.flatMap((child) => tellingMetrics(child.metrics, 12).flatMap(([metric]) => (directionOf(metric, tags) === undefined || isFoldMetric(metric) ? [] : [metric]))))].slice(0, metricsOfChild), [runs, tags]);
  if (runs.length === 0) {
    return null;
  }
  return (
    <Section
      title="Runs within it"
      note={`${plural(runs.length, 'run')}${found?.truncated === true ? ' and more' : ''}`}
      actions={<LinkButton onClick={() => { actions.show({ panel: 'compare', runIds: [run.runId, ...runs.map(({ runId }) => runId)] }); }}>Compare them</LinkButton>}
    >
      <div class="table-scroll run-children" role="region" aria-label="Runs within it" tabIndex={0}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Run</th>
              {metrics.map((metric) => <th key={metric} scope="col" class="number">{metric}</th>)}
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {runs.slice(0, mostShown).map((child) => (
              <tr key={child.runId}>
                <th scope="row"><LinkButton title={child.name} onClick={() => { actions.show({ panel: 'compare', runIds: [child.runId] }); }}>{labels.get(child) ?? child.name}</LinkButton></th>
                {metrics.map((metric) => <td key={metric} class="number">{child.metrics[metric] === undefined ? '–' : formatNumber(numberOf(child.metrics[metric]))}</td>)}
                <td>{child.status.toLowerCase()}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {runs.length > mostShown && <p class="muted">The first {mostShown} of {formatNumber(runs.length)}.</p>}
    </Section>
  );
}
