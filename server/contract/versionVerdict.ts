import { breakingChanges } from './breakingChanges.ts';
import { metricChange, type MetricChange } from './metricChange.ts';
import { numberOf } from './metricValues.ts';
import { paramDiffers } from './nestedRuns.ts';
import type { PrimaryMetric } from './primaryMetric.ts';
import type { ModelVersion } from './registry.ts';

/** A model version beside the one that it would take the place of. */
export interface VersionVerdict {
  readonly metric:
    | { readonly kind: 'measured'; readonly name: string; readonly value: number; readonly from: number; readonly change: MetricChange }
    | { readonly kind: 'not-evaluated'; readonly reason: string };
  /** What callers of the other version would meet, in words; undefined where one of them has no signature. */
  readonly callers: readonly string[] | undefined;
  /** Names of the training files that differ; undefined where nothing is known of the data of one of them. */
  readonly data: readonly string[] | undefined;
  /** Names of the params that have another value. */
  readonly params: readonly string[];
  /** Whether both were logged with the same requirements; undefined where they are not known of one of them. */
  readonly sameEnvironment: boolean | undefined;
}

/** @param primary what the two are judged by */
export function verdictOn(version: ModelVersion, reference: ModelVersion, primary: PrimaryMetric | undefined): VersionVerdict {
  const [ours, theirs] = [version.lineage.environment, reference.lineage.environment];
  return {
    metric: metricVerdict(version, reference, primary),
    callers: version.signature === undefined || reference.signature === undefined ? undefined : breakingChanges(reference.signature, version.signature, reference.version),
    data: differingData(version, reference),
    params: [...new Set([...Object.keys(version.params), ...Object.keys(reference.params)])].filter((key) => paramDiffers([version.params[key], reference.params[key]])),
    sameEnvironment: ours === undefined || theirs === undefined ? undefined : ours.sha256 === theirs.sha256,
  };
}

function metricVerdict(version: ModelVersion, reference: ModelVersion, primary: PrimaryMetric | undefined): VersionVerdict['metric'] {
  if (primary === undefined) {
    return { kind: 'not-evaluated', reason: 'no metric says which is better' };
  }
  const name = primary.metric;
  const [value, from] = [version.metrics[name], reference.metrics[name]];
  if (value === undefined || from === undefined) {
    return { kind: 'not-evaluated', reason: `version ${value === undefined ? version.version : reference.version} has no ${name}` };
  }
  return { kind: 'measured', name, value: numberOf(value), from: numberOf(from), change: metricChange(numberOf(value), numberOf(from), primary.direction) };
}

function differingData({ lineage }: ModelVersion, reference: ModelVersion): readonly string[] | undefined {
  const [ours, theirs] = [lineage.data, reference.lineage.data];
  if (ours.length === 0 || theirs.length === 0) {
    return undefined;
  }
  const lacking = (data: typeof ours, others: typeof ours): string[] => data.filter(({ sha256 }) => !others.some((other) => other.sha256 === sha256)).map(({ path }) => path.split(/[\\/]/).at(-1) ?? path);
  return [...new Set([...lacking(ours, theirs), ...lacking(theirs, ours)])];
}
