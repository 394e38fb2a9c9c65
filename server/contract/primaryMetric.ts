import { directionByName, directionOf, directionTag, isFoldMetric, isTrainingMetric, primaryMetricTags, wordsOf, type ChosenDirection, type Direction } from './metricDirection.ts';
import { parentRunTag } from './nestedRuns.ts';
import type { Experiment, Run } from './tracking.ts';

/** The metric by which runs of an experiment are judged first. */
export interface PrimaryMetric {
  readonly metric: string;
  readonly direction: Direction | undefined;
  /** False where nobody has chosen it: its name and the runs suggest it. */
  readonly chosen: boolean;
}

/** How many runs have a metric, and when the latest of them began. */
export interface MetricCoverage {
  readonly runs: number;
  /** Epoch milliseconds. */
  readonly latest: number;
}

type Tags = Experiment['tags'];

/**
 * The primary metric of an experiment: the chosen one; else the one whose name says that it was measured on rows held out, then the one
 * that most runs have, then the one that was logged last, then by {@link byTelling}. A metric that a fifth of the runs lack is no measure for them.
 * @param tags of the experiment
 * @param coverage of all metrics that the runs have
 */
export function primaryMetricOf(tags: Tags, coverage: ReadonlyMap<string, MetricCoverage>): PrimaryMetric | undefined {
  const chosen = tags[primaryMetricTags.name] ?? '';
  if (chosen !== '') {
    return { metric: chosen, direction: directionOf(chosen, tags), chosen: true };
  }
  const most = Math.max(0, ...[...coverage.values()].map(({ runs }) => runs));
  const guesses = [...coverage]
    .filter(([metric, { runs }]) => directionOf(metric, tags) !== undefined && runs >= most * leastCoverage)
    .sort(([a, has], [b, hasOther]) => standing(b) - standing(a) || hasOther.runs - has.runs || hasOther.latest - has.latest || inOrder(a, b));
  const [metric] = guesses[0] ?? [];
  return metric === undefined ? undefined : { metric, direction: directionOf(metric, tags), chosen: false };
}

const leastCoverage = 0.2;

const heldOut = new Set(['test', 'holdout', 'heldout', 'oos', 'oot']);
const validated = new Set(['val', 'valid', 'validation', 'eval', 'evaluation', 'dev', 'oof', 'cv']);
/** What a run cost, not how good its model is. */
const costs = new Set(['time', 'duration', 'latency', 'throughput']);

/** How much a metric's name says about unseen rows. */
function standing(metric: string): number {
  const words = wordsOf(metric);
  if (words.some((word) => costs.has(word))) {
    return -2;
  }
  if (isTrainingMetric(metric) || isFoldMetric(metric)) {
    return -1;
  }
  return words.some((word) => heldOut.has(word)) ? 2 : words.some((word) => validated.has(word)) ? 1 : 0;
}

/** Parts of names, the most usual measure first. */
const usual = [/(?:^|[_./-])(?:roc_)?auc/i, /(?:^|[_./-])f1/i, /accuracy|(?:^|[_./-])acc(?:$|[_./-])/i, /rmse/i, /mae|mean_absolute_error/i, /(?:^|[_./-])r2/i, /score/i, /loss/i];

function inOrder(a: string, b: string): number {
  const place = (metric: string): number => {
    const found = usual.findIndex((pattern) => pattern.test(metric));
    return found === -1 ? usual.length : found;
  };
  return place(a) - place(b) || (a < b ? -1 : a === b ? 0 : 1);
}

/** Names of metrics, those first that tell models apart best: measured on held-out rows, then with a direction, then the usual ones. */
export function byTelling(metrics: Iterable<string>): string[] {
  const directed = (metric: string): number => Number(directionByName(metric) !== undefined);
  return [...metrics].sort((a, b) => standing(b) - standing(a) || directed(b) - directed(a) || inOrder(a, b));
}

/** The metrics that tell most, with their values. */
export function tellingMetrics(metrics: Run['metrics'], most: number): [metric: string, value: Run['metrics'][string]][] {
  return byTelling(Object.keys(metrics)).slice(0, most).flatMap((metric) => (metrics[metric] === undefined ? [] : [[metric, metrics[metric]]]));
}

/** How many of these runs have which metric. Runs within others count where there are no others: they are many, and measure parts. */
export function coverageOf(runs: readonly Pick<Run, 'metrics' | 'tags' | 'startedAt'>[]): Map<string, MetricCoverage> {
  const own = runs.filter(({ tags, metrics }) => tags[parentRunTag] === undefined && Object.keys(metrics).length > 0);
  const coverage = new Map<string, MetricCoverage>();
  for (const { metrics, startedAt } of own.length > 0 ? own : runs) {
    for (const metric of Object.keys(metrics)) {
      const { runs: count, latest } = coverage.get(metric) ?? { runs: 0, latest: 0 };
      coverage.set(metric, { runs: count + 1, latest: Math.max(latest, startedAt) });
    }
  }
  return coverage;
}

/** The tags that all have with the same value. */
export function agreedTags([first = {}, ...others]: readonly Tags[]): Tags {
  return others.length === 0 ? first : Object.fromEntries(Object.entries(first).filter(([key, value]) => others.every((tags) => tags[key] === value)));
}

/** Tags that an experiment is to have; those without a value are to go. */
export type TagChanges = Readonly<Record<string, string | undefined>>;

/** Makes a metric the primary one, or none. @param tags of the experiment as they are */
export function choosePrimaryMetric(tags: Tags, metric: string | null): TagChanges {
  return { [primaryMetricTags.name]: metric ?? undefined, [primaryMetricTags.greaterIsBetter]: metric === null ? undefined : greaterText(metric, tags[directionTag(metric)]) };
}

/** Says which values of a metric are better; null leaves it to its name. @param tags of the experiment as they are */
export function chooseDirection(tags: Tags, metric: string, direction: ChosenDirection | null): TagChanges {
  return {
    [directionTag(metric)]: direction ?? undefined,
    ...(tags[primaryMetricTags.name] === metric ? { [primaryMetricTags.greaterIsBetter]: greaterText(metric, direction) } : {}),
  };
}

/** What MLflow's tag says of a metric of which a user has said this, or nothing. */
function greaterText(metric: string, said: string | null | undefined): string | undefined {
  const direction = directionOf(metric, { [directionTag(metric)]: said ?? '' });
  return direction === undefined ? undefined : direction === 'higher' ? 'True' : 'False';
}
