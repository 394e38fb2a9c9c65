import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { BaselineTaken } from '../../contract/baselines.ts';
import type { Signature } from '../../contract/registry.ts';
import { Problem } from '../../platform/errors.ts';
import { baselineSample, type Baseline } from '../baseline.ts';
import { emptyCategorical } from '../columns/categoricalColumn.ts';
import type { Column } from '../columns/column.ts';
import { inputColumns, predictionColumn } from '../columns/columnSpec.ts';
import { emptyNumeric, type NumericColumn } from '../columns/numericColumn.ts';
import { addToSample, emptySample, rankOf, type Sample } from '../columns/sample.ts';

const whole = z.number().int().nonnegative();
const common = z.object({ num_present: whole, num_missing: whole });
const bucket = z.object({ lower_bound: z.number(), upper_bound: z.number(), count: z.number().nonnegative() });
const numerical = z.object({
  common,
  mean: z.number(),
  std_dev: z.number().nonnegative(),
  min: z.number(),
  max: z.number(),
  distribution: z.object({ kll: z.object({ buckets: z.array(bucket).default([]), sketch: z.object({ data: z.array(z.array(z.number())) }).optional() }).optional() }).optional(),
});
const textual = z.object({
  common,
  distinct_count: z.number().nonnegative().optional(),
  distribution: z.object({ categorical: z.object({ buckets: z.array(z.object({ value: z.string(), count: whole })).default([]) }).optional() }).optional(),
});
/** https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-statistics.html */
const statisticsFile = z.object({
  dataset: z.object({ item_count: whole }),
  features: z.array(z.object({ name: z.string(), numerical_statistics: numerical.optional(), string_statistics: textual.optional() })),
});
/** https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-constraints.html */
const constraintsFile = z.object({
  features: z.array(z.object({ name: z.string(), string_constraints: z.object({ domains: z.array(z.string()) }).optional() })),
});

const mostBytes = 256 << 20;

/**
 * Reads `statistics.json` of SageMaker Model Monitor. Numbers get the buckets as bins and the items of the KLL sketch, each as often as its level stands for, as drawn values. The
 * `domains` of `constraints.json` are categories that may come without being new.
 * @throws Problem `invalid-input` naming the file and what does not fit
 */
export async function baselineFromSageMaker(
  { statistics, constraints }: Extract<BaselineTaken, { kind: 'sagemaker' }>,
  signature: Signature,
): Promise<{ readonly baseline: Baseline; readonly rows: number }> {
  const { dataset, features } = await readDocument(statistics, 'from.statistics', statisticsFile);
  const domains = new Map((constraints === undefined ? [] : (await readDocument(constraints, 'from.constraints', constraintsFile)).features).map(({ name, string_constraints: of }) => [name, of?.domains ?? []]));
  const columns = new Map<string, Column>();
  const output = predictionColumn(signature);
  for (const { name, kind } of [...inputColumns(signature), ...(output === undefined ? [] : [output])]) {
    const found = features.find((feature) => feature.name === name);
    const column = found?.numerical_statistics !== undefined && kind === 'numeric' ? numericOf(found.numerical_statistics) : found?.string_statistics === undefined ? undefined : textOf(found.string_statistics, kind, domains.get(name) ?? []);
    if (found !== undefined && column === undefined) {
      throw new Problem('invalid-input', `${statistics}: ${name} has no statistics of ${kind === 'numeric' ? 'numbers' : 'texts'}, and the model takes those.`, { field: 'from.statistics', remedy: 'Make the baseline of data with the types that the model was trained on.' });
    }
    if (column !== undefined) {
      columns.set(name, column);
    }
  }
  const prediction = output === undefined || inputColumns(signature).some(({ name }) => name === output.name) ? undefined : columns.get(output.name);
  const inputs = inputColumns(signature).flatMap(({ name }) => (columns.has(name) ? [[name, columns.get(name)] as const] : []));
  return { baseline: { source: 'training-data', features: new Map(inputs.flatMap(([name, column]) => (column === undefined ? [] : [[name, column] as const]))), prediction }, rows: dataset.item_count };
}

async function readDocument<T>(file: string, field: string, schema: z.ZodType<T>): Promise<T> {
  const text = await readFile(file, 'utf8');
  if (text.length > mostBytes) {
    throw new Problem('invalid-input', `${file} is larger than statistics are.`, { field });
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new Problem('invalid-input', `${file} is no JSON.`, { field, remedy: 'Name a file that SageMaker Model Monitor has written.', cause });
  }
  const read = schema.safeParse(document);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new Problem('invalid-input', `${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'does not fit'}`, { field, remedy: 'Name a file that SageMaker Model Monitor has written.' });
  }
  return read.data;
}

function numericOf({ common: { num_present: count, num_missing: missing }, mean, std_dev: std, min, max, distribution }: z.infer<typeof numerical>): NumericColumn {
  const column = emptyNumeric(undefined, baselineSample);
  return {
    ...column,
    count,
    missing,
    mean,
    m2: std * std * count,
    min: count === 0 ? null : min,
    max: count === 0 ? null : max,
    histogram: histogramOf(distribution?.kll?.buckets ?? []),
    sample: sampleOf(distribution?.kll?.sketch?.data ?? [], count),
  };
}

/** Buckets are of equal width, one after the other. */
function histogramOf(buckets: readonly z.infer<typeof bucket>[]): NumericColumn['histogram'] {
  const [low, high] = [buckets[0]?.lower_bound, buckets.at(-1)?.upper_bound];
  return low === undefined || high === undefined || low >= high
    ? null
    : { grid: { low, high, bins: buckets.length }, counts: buckets.map(({ count }) => Math.round(count)), below: 0, above: 0 };
}

/** An item of level i of a KLL sketch stands for 2^i values (Z. Karnin, K. Lang, E. Liberty, Optimal quantile approximation in streams, 2016, https://arxiv.org/abs/1603.05346). */
function sampleOf(levels: readonly (readonly number[])[], count: number): Sample {
  const items = levels.flatMap((level, index) => level.map((value) => ({ value, weight: 2 ** index }))).sort((a, b) => a.value - b.value);
  const all = items.reduce((sum, { weight }) => sum + weight, 0);
  const sample = emptySample(baselineSample);
  const kept = Math.min(all, baselineSample);
  let [place, before] = [0, 0];
  for (let index = 0; index < kept; index += 1) {
    // The middle of each of as many equal parts as values are kept.
    const rank = ((index + 0.5) * all) / kept;
    while (before + (items[place]?.weight ?? Infinity) <= rank) {
      before += items[place]?.weight ?? 0;
      place += 1;
    }
    addToSample(sample, rankOf(0, index), items[place]?.value ?? 0);
  }
  sample.of = count;
  return sample;
}

/** Texts that are numbers to the model have no statistics of numbers. */
function textOf({ common: { num_present: count, num_missing: missing }, distribution }: z.infer<typeof textual>, kind: Column['kind'], domains: readonly string[]): Column | undefined {
  if (kind === 'numeric') {
    return undefined;
  }
  const column = { ...emptyCategorical(), count, missing };
  for (const value of domains) {
    column.values.set(value, 0);
  }
  let named = 0;
  for (const { value, count: each } of distribution?.categorical?.buckets ?? []) {
    column.values.set(value, each);
    named += each;
  }
  column.other = Math.max(0, count - named);
  return column;
}
