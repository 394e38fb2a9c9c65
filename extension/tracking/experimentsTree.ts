import { MarkdownString } from 'vscode';
import type { Connection } from '../companion/connection.ts';
import { childrenOf, labelsWithin } from '../../server/contract/nestedRuns.ts';
import { coverageOf, primaryMetricOf, tellingMetrics } from '../../server/contract/primaryMetric.ts';
import type { Experiment, Run, RunStatus } from '../../server/contract/tracking.ts';
import { lookUp } from '../../server/contract/unknown.ts';
import { setContext } from '../vscode/context.ts';
import { asMetric, escapeMarkdown } from '../vscode/format.ts';
import { formatAge, formatDuration } from '../../server/contract/format/durations.ts';
import { plural } from '../../server/contract/format/plural.ts';
import { createTree, type Tree, type TreeNode, treeNode } from '../vscode/trees.ts';
import { deletedNode } from './deletedNodes.ts';
import { defaultExperimentId } from './experimentActions.ts';
import { noteLine, noteOf } from './noteText.ts';

const statusIcons: Readonly<Record<RunStatus, { readonly icon: string; readonly color?: string; readonly word: string }>> = {
  RUNNING: { icon: 'sync~spin', color: 'charts.blue', word: 'running' },
  SCHEDULED: { icon: 'clock', word: 'scheduled' },
  FINISHED: { icon: 'pass', color: 'testing.iconPassed', word: 'finished' },
  FAILED: { icon: 'error', color: 'testing.iconFailed', word: 'failed' },
  KILLED: { icon: 'circle-slash', color: 'testing.iconSkipped', word: 'stopped' },
};

const pageSize = 100;
/** What one call lists; Compare has the rest. */
const mostRuns = 1000;
const metricsShown = 3;
/** Characters of a note in the tooltip. */
const noteShown = 600;

export interface ExperimentsTree extends Tree {
  /** Shows another page of an experiment's runs. */
  showMore(experimentId: string): void;
  /** Shows or hides what was deleted, below the experiments. */
  showDeleted(shown: boolean): void;
}

/** Experiments with their runs, the newest first. */
export function createExperimentsTree(connection: Connection): ExperimentsTree {
  const limits = new Map<string, number>();
  let deletedShown = false;

  const runsOf = async (experiment: Experiment): Promise<TreeNode[]> => {
    const { experimentId } = experiment;
    const limit = limits.get(experimentId) ?? pageSize;
    const { runs, truncated } = await connection.call('listRuns', { experimentId, limit: Math.min(limit, mostRuns) });
    const more = treeNode({
      id: `more:${experimentId}`,
      label: 'Show more runs…',
      icon: 'ellipsis',
      command: { command: 'slipway.showMoreRuns', title: 'Show More Runs', arguments: [{ experimentId }] },
    });
    const rest = treeNode({
      id: `rest:${experimentId}`,
      label: `The newest ${mostRuns} runs are listed; compare all`,
      icon: 'graph',
      command: { command: 'slipway.compareExperiment', title: 'Compare Runs of Experiment', arguments: [{ experimentId }] },
    });
    const none = treeNode({ id: `none:${experimentId}`, label: 'No runs yet', icon: 'dash' });
    return runs.length === 0 ? [none] : [...runNodes(runs, experiment), ...(truncated ? [limit < mostRuns ? more : rest] : [])];
  };

  const roots = async (): Promise<TreeNode[]> => {
    if ((await connection.available()) === undefined) {
      return [];
    }
    const { experiments } = await connection.call('listExperiments', {});
    // MLflow makes the experiment "Default" by itself: without runs it is no content.
    const shown = experiments.filter(({ runs, experimentId }) => runs !== 0 || experimentId !== defaultExperimentId);
    const first = shown.find(({ runs }) => runs !== 0);
    const nodes = shown.map((experiment) => experimentNode(experiment, experiment === first, () => runsOf(experiment)));
    return deletedShown ? [...nodes, deletedNode(await connection.call('listDeleted', {}))] : nodes;
  };

  const tree = createTree('slipway.experiments', roots, { severalSelected: true });
  return {
    ...tree,
    dispose: () => void tree.dispose(),
    showMore(experimentId) {
      limits.set(experimentId, (limits.get(experimentId) ?? pageSize) + 2 * pageSize);
      tree.refresh();
    },
    showDeleted(shown) {
      deletedShown = shown;
      setContext('slipway.deletedShown', shown);
      tree.refresh();
    },
  };
}

function experimentNode(experiment: Experiment, expanded: boolean, children: () => Promise<TreeNode[]>): TreeNode {
  const { experimentId, name, runs, lastUpdatedAt } = experiment;
  return treeNode(
    {
      id: `experiment:${experimentId}`,
      label: name,
      description: runs === undefined ? formatAge(lastUpdatedAt) : plural(runs, 'run'),
      tooltip: `${name}\nLast used ${formatAge(lastUpdatedAt)}`,
      icon: 'beaker',
      context: experimentId === defaultExperimentId ? '.experiment.default.' : '.experiment.',
      expanded,
    },
    { experimentId },
    children,
  );
}

/** Runs with those that were started within them below. */
function runNodes(runs: readonly Run[], { tags }: Experiment): TreeNode[] {
  const children = childrenOf(runs);
  const below = (parent: string | undefined): TreeNode[] => {
    const own = children.get(parent) ?? [];
    const primary = primaryMetricOf(tags, coverageOf(own))?.metric;
    const labels = parent === undefined ? undefined : labelsWithin(own);
    return own.map((run) => runNode(run, { primary, label: labels?.get(run), within: children.get(run.runId)?.length ?? 0, children: () => Promise.resolve(below(run.runId)) }));
  };
  return below(undefined);
}

interface RunPlace {
  /** The metric by which the runs beside it are judged. */
  readonly primary: string | undefined;
  /** What tells it from those, where its own name was given by chance. */
  readonly label: string | undefined;
  /** How many runs were started within it. */
  readonly within: number;
  readonly children: () => Promise<TreeNode[]>;
}

/** A run's row: its status, and the metric that it is judged by, else some that it has. */
function runNode(run: Run, { primary, label, within, children }: RunPlace): TreeNode {
  const { icon, color, word } = lookUp(statusIcons, run.status) ?? { icon: 'question', word: run.status.toLowerCase() };
  const judged = primary === undefined ? undefined : run.metrics[primary];
  const metrics = (primary === undefined || judged === undefined ? tellingMetrics(run.metrics, metricsShown) : [[primary, judged] as const]).map(([key, value]) => `${key} ${asMetric(value)}`);
  const kind = run.source === 'capture' ? ['captured'] : [];
  const has = [...(run.models.length > 0 ? ['model'] : []), ...(run.cell === undefined ? [] : ['cell'])];
  const note = noteOf(run);
  const inner = within === 0 ? [] : [plural(within, 'run')];
  const description = [...metrics, ...inner, ...kind, formatAge(run.startedAt), ...(note === undefined ? [] : [`“${noteLine(note)}”`])].join(' · ');
  return treeNode(
    {
      id: `run:${run.runId}`,
      label: label ?? run.name,
      description,
      ...(within === 0 ? {} : { expanded: false }),
      tooltip: runTooltip(run, word),
      icon,
      color,
      context: `.run.${run.source}.${has.map((part) => `${part}.`).join('')}`,
      spoken: `Run ${label ?? run.name}, ${word}, ${description}`,
    },
    { runId: run.runId, experimentId: run.experimentId, cell: run.cell },
    ...(within === 0 ? [] : [children]),
  );
}

function table(title: string, rows: readonly (readonly [string, string])[], limit = 12): string {
  if (rows.length === 0) {
    return '';
  }
  const lines = rows.slice(0, limit).map(([key, value]) => `| ${escapeMarkdown(key)} | ${escapeMarkdown(value.slice(0, 80))} |`);
  const rest = rows.length > limit ? `\n\n${rows.length - limit} more` : '';
  return `\n\n| ${title} | |\n|---|---|\n${lines.join('\n')}${rest}`;
}

function runTooltip(run: Run, word: string): MarkdownString {
  const took = run.endedAt === undefined ? '' : `, ${formatDuration(run.endedAt - run.startedAt)}`;
  const cell = run.cell === undefined ? '' : `\n\nCell ${run.cell.cellIndex + 1} of ${escapeMarkdown(run.cell.notebook)}`;
  const note = noteOf(run);
  const said = note === undefined ? '' : `\n\n${escapeMarkdown(note.slice(0, noteShown)).replaceAll('\n', '  \n')}${note.length > noteShown ? ' …' : ''}`;
  const models = run.models.length === 0 ? '' : `\n\nModels: ${run.models.map(({ name }) => escapeMarkdown(name)).join(', ')}`;
  return new MarkdownString(
    `**${escapeMarkdown(run.name)}** ${word}${took}\n\n${new Date(run.startedAt).toLocaleString()} · ${escapeMarkdown(run.user)}` +
      said +
      cell +
      models +
      table('Metric', tellingMetrics(run.metrics, Number.POSITIVE_INFINITY).map(([key, value]) => [key, asMetric(value)] as const)) +
      table('Parameter', Object.entries(run.params)),
  );
}
