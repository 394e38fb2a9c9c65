import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import type { ExecutionEntry, LinkedRun } from '../../server/contract/notebooks.ts';
import type { Run } from '../../server/contract/tracking.ts';
import { useActions, useTask } from '../ui/actions.ts';
import { Failure, Icon, LinkButton, Section, ToolButton } from '../ui/blocks.tsx';
import { formatMetric, formatTime } from '../ui/format.ts';
import { formatDuration } from '../../server/contract/format/durations.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { mostExecutions } from './cellStore.ts';
import type { LinkedRuns } from './linkedRuns.ts';
import type { CompareStore } from './store.ts';

/** The record of a captured run: which cell ran when, with which source, how long, with which output, and the runs that it logged. */
export function CapturedCells({ store }: { readonly store: CompareStore }): VNode | null {
  const actions = useActions();
  const task = useTask();
  const run = store.cells.run.value;
  const { value, failure, refresh } = store.cells.executions;
  const found = value.value;
  const linked = store.linked.value.value;
  const logged = useMemo(() => (run === undefined || found === undefined || linked === undefined ? new Map<number, Run[]>() : loggedBy(found.executions, linked.of(run.runId), linked)), [run, found, linked]);
  if (run === undefined) {
    return null;
  }
  const { runId } = run;
  const executions = found?.executions ?? [];
  const earlier = (found?.total ?? 0) - executions.length;
  if (failure.value?.reason === 'not-found') {
    return (
      <Section title="Cells">
        <p class="muted">The cells of this run and their outputs are kept on the machine where it was recorded. What it logged is in the table and the charts.</p>
      </Section>
    );
  }
  return (
    <Section
      title="Cells"
      {...(found === undefined ? {} : { note: plural(found.total, 'execution') })}
      actions={
        <>
          <ToolButton icon="notebook-template" text label="Notebook as of this run" onClick={() => { task.run(() => actions.command('slipway.openNotebookAtRun', { runId })); }} />
          <ToolButton icon="diff" text label="Compare with now" onClick={() => { task.run(() => actions.command('slipway.compareNotebookWithRun', { runId })); }} />
        </>
      }
    >
      {failure.value !== undefined && <Failure what="The cells could not be loaded." failure={failure.value} onRetry={refresh} />}
      {task.failure.value !== undefined && <Failure what="That did not work." failure={task.failure.value} onDismiss={task.clear} />}
      {earlier > 0 && executions.length < mostExecutions && <LinkButton onClick={() => { store.cells.limit.value = mostExecutions; }}>Show {Math.min(earlier, mostExecutions - executions.length)} earlier executions</LinkButton>}
      {found?.total === 0 && <p class="muted">No execution of a cell was recorded.</p>}
      <ol class="plain executions">
        {executions.map((execution) => (
          <li key={execution.sequence} class="execution">
            <Execution
              execution={execution}
              logged={logged.get(execution.sequence) ?? []}
              onOpen={() => { task.run(() => actions.command('slipway.showExecution', { runId, sequence: execution.sequence })); }}
              onCompare={(other) => { actions.show({ panel: 'compare', runIds: [runId, other.runId] }); }}
            />
          </li>
        ))}
      </ol>
    </Section>
  );
}

/** By the sequence of the execution during which each run began; the last one of its cell where none fits. */
function loggedBy(executions: readonly ExecutionEntry[], links: readonly LinkedRun[], { table }: LinkedRuns): ReadonlyMap<number, Run[]> {
  const runs = new Map(table.runs.map((run) => [run.runId, run]));
  const found = new Map<number, Run[]>();
  for (const link of links) {
    const run = runs.get(link.runId);
    const ofCell = executions.filter(({ cellId }) => cellId === link.cellId);
    const execution = run === undefined ? undefined : (ofCell.find(({ startedAt, endedAt }) => run.startedAt >= startedAt && run.startedAt <= endedAt) ?? ofCell.at(-1));
    if (run !== undefined && execution !== undefined) {
      found.set(execution.sequence, [...(found.get(execution.sequence) ?? []), run]);
    }
  }
  return found;
}

interface ExecutionProps {
  readonly execution: ExecutionEntry;
  readonly logged: readonly Run[];
  readonly onOpen: () => void;
  readonly onCompare: (run: Run) => void;
}

const mostLogged = 10;

function Execution({ execution, logged, onOpen, onCompare }: ExecutionProps): VNode {
  const { cellIndex, executionCount, title, startedAt, endedAt, success, firstLine, figures } = execution;
  const shows = [...(firstLine === undefined ? [] : [firstLine]), ...(figures.length === 0 ? [] : [plural(figures.length, 'figure')])].join(' · ');
  return (
    <>
      <span class={success ? 'execution-state' : 'execution-state execution-failed'}>
        <Icon name={success ? 'pass' : 'error'} />
        <span class="sr-only">{success ? 'succeeded' : 'failed'}</span>
      </span>
      <span class="execution-cell muted" {...(executionCount === undefined ? {} : { title: `Execution ${executionCount} of its kernel` })}>
        cell {cellIndex + 1}
      </span>
      <span class="execution-source">
        <LinkButton title={title} onClick={onOpen}>
          <code>{title === '' ? '(empty)' : title}</code>
        </LinkButton>
      </span>
      <span class="execution-time muted">
        {formatTime(startedAt)} · {formatDuration(endedAt - startedAt)}
      </span>
      {shows !== '' && <span class={success ? 'execution-output muted' : 'execution-output execution-failed'} title={shows}>{shows}</span>}
      {logged.length > 0 && (
        <ul class="plain execution-runs" aria-label={`Runs that cell ${cellIndex + 1} logged`}>
          {logged.slice(-mostLogged).map((run) => (
            <li key={run.runId}>
              <Icon name="beaker" /> <span class="muted">linked run</span>{' '}
              <LinkButton title={`Compare with ${run.name}`} onClick={() => { onCompare(run); }}>
                {run.name}
              </LinkButton>
              <LoggedValues run={run} />
            </li>
          ))}
          {logged.length > mostLogged && <li class="muted">and {logged.length - mostLogged} before them</li>}
        </ul>
      )}
    </>
  );
}

const mostValues = 8;

/** The metrics and params of a linked run, as they are now. */
function LoggedValues({ run }: { readonly run: Run }): VNode | null {
  const metrics = Object.entries(run.metrics).map(([key, value]) => ({ key, text: formatMetric(value) }));
  const params = Object.entries(run.params).map(([key, text]) => ({ key, text }));
  if (metrics.length + params.length === 0) {
    return null;
  }
  return (
    <dl class="execution-values">
      {[...metrics.slice(0, mostValues), ...params.slice(0, mostValues)].map(({ key, text }, index) => (
        <div key={`${index} ${key}`}>
          <dt>{key}</dt>
          <dd title={text}>{text}</dd>
        </div>
      ))}
      {metrics.length > mostValues && <div class="muted">{plural(metrics.length - mostValues, 'more metric')}</div>}
      {params.length > mostValues && <div class="muted">{plural(params.length - mostValues, 'more param')}</div>}
    </dl>
  );
}
