import type { CellExecution } from '../contract/notebooks.ts';
import { directionByName, wordsOf } from '../contract/metricDirection.ts';
import { type OutputMetric, readMetrics, readNumber } from './outputMetrics.ts';

/** MLflow takes as many in one call. */
const mostTagged = 1000;
const mostUntagged = 100;
/** What a cell cost, which every second library prints. */
const costs = new Set(['time', 'duration', 'latency', 'throughput']);
/** What the last line of a cell calls or names: `accuracy`, `accuracy_score(y, p)`, `model.score(x, y)`. */
const lastExpression = /^(?:[A-Za-z_][\w.]{0,100}\.)?([A-Za-z_]\w{0,100})\s*(?:\(.{0,2000}\))?$/;

function saysHowGood(name: string): boolean {
  return directionByName(name) !== undefined && !wordsOf(name).some((word) => costs.has(word));
}

/** The tag of a cell whose only number is a metric by this name. */
const namedTag = /^metric=(.{1,250})$/;

/** The number that a cell ends with: the one that it returns, else all that it prints. */
function onlyNumber(outputs: CellExecution['outputs']): number | undefined {
  const results = outputs.filter(({ mime }) => mime === 'text/plain');
  const said = results.length > 0 ? results : outputs.filter(({ mime }) => mime.endsWith('.stdout'));
  return said.length === 1 ? readNumber(said[0]?.content ?? '') : undefined;
}

/** What a cell was tagged to give, by `metric=NAME`. */
function ofTag({ tags, outputs }: Pick<CellExecution, 'tags' | 'outputs'>): OutputMetric[] {
  const name = tags.map((tag) => namedTag.exec(tag)?.[1]).find((one) => one !== undefined);
  const value = name === undefined ? undefined : onlyNumber(outputs);
  return name === undefined || value === undefined ? [] : [{ key: name, value, step: 0 }];
}

/** The number that a cell ends with, under the name of what it calls. */
function ofLastExpression({ source, outputs }: Pick<CellExecution, 'source' | 'outputs'>): OutputMetric[] {
  const line = source.trimEnd().split('\n').at(-1)?.replace(/\s+#.*$/, '') ?? '';
  const [, name = ''] = lastExpression.exec(line) ?? [];
  const results = outputs.filter(({ mime }) => mime === 'text/plain');
  const value = results.length === 1 ? readNumber(results[0]?.content ?? '') : undefined;
  return value === undefined || !saysHowGood(name) ? [] : [{ key: name, value, step: 0 }];
}

function together(printed: readonly OutputMetric[], result: readonly OutputMetric[]): OutputMetric[] {
  return [...result.filter(({ key }) => !printed.some((other) => other.key === key)), ...printed];
}

/**
 * Metrics of an executed cell. One tagged `metrics` gives all numbers that its outputs name, one tagged `metric=NAME` its only number. Of any other count what it prints, or ends with, under
 * a name that says how good a model is (`accuracy 0.93`, `test_mae: 4.1`); tables are data there.
 */
export function readCellMetrics(execution: Pick<CellExecution, 'tags' | 'source' | 'outputs' | 'language'>): OutputMetric[] {
  const { tags, outputs, language } = execution;
  const named = ofTag(execution);
  if (named.length > 0) {
    return named;
  }
  const result = language === 'python' ? ofLastExpression(execution) : [];
  if (tags.includes('metrics')) {
    return together(readMetrics(outputs), result).slice(0, mostTagged);
  }
  const isTable = outputs.some(({ mime }) => mime === 'text/html');
  const printed = outputs.filter(({ mime }) => mime !== 'text/html' && !(isTable && mime === 'text/plain'));
  return together(readMetrics(printed).filter(({ key }) => saysHowGood(key)), result).slice(0, mostUntagged);
}
