import type { Run } from './tracking.ts';

/** MLflow's tag of a run that was started within another one, such as one of the candidates of a grid search. */
export const parentRunTag = 'mlflow.parentRunId';

/** Deeper than anybody nests. Tags are a client's: they may name each other in a circle, or in a chain of thousands. */
const deepest = 16;

/** Runs by the id of the run that they were started within, as far as that one is there too; those of no other under undefined. */
export function childrenOf<R extends Pick<Run, 'runId' | 'tags'>>(runs: readonly R[]): ReadonlyMap<string | undefined, readonly R[]> {
  const known = new Map(runs.map((run) => [run.runId, run]));
  const above = (run: R): R | undefined => known.get(run.tags[parentRunTag] ?? '');
  const hasTop = (run: R): boolean => {
    let top = above(run);
    for (let steps = 0; top !== undefined && steps < deepest; steps += 1) {
      top = above(top);
    }
    return top === undefined;
  };
  const children = new Map<string | undefined, R[]>();
  for (const run of runs) {
    const parent = above(run);
    const within = parent !== undefined && hasTop(run) ? parent.runId : undefined;
    const found = children.get(within);
    if (found === undefined) {
      children.set(within, [run]);
    } else {
      found.push(run);
    }
  }
  return children;
}

/** Characters: a choice between `SVC()` and `LinearSVC(dual=False)` is a value. */
const longestValue = 40;

/** Whether a param's value says how an estimator was made, such as `Pipeline(steps=[...`: it differs wherever one of its other params does. */
export function isDescription(value: string): boolean {
  return value.length > longestValue && /\w\(/.test(value);
}

/** What values of a param are told apart by: `0.1` and `1e-1` are one number. */
export function plainValue(value: string): string {
  return value.trim() !== '' && Number.isFinite(Number(value)) ? String(Number(value)) : value;
}

/** Whether runs that have a param have different values of it. @param values of one param; undefined where a run lacks it */
export function paramDiffers(values: readonly (string | undefined)[]): boolean {
  const known = values.filter((value) => value !== undefined);
  return new Set(known.map(plainValue)).size > 1 && !known.some(isDescription);
}

/** As MLflow names a run that was given no name: `able-fawn-451` (mlflow/utils/name_utils.py). */
const nameByChance = /^[a-z]+-[a-z]+-\d{1,4}$/;
/** More params than these do not fit into a line. */
const paramsInLabel = 3;

/** What tells runs that were started within one run from each other, such as `alpha = 30`, where their own names were given by chance. */
export function labelsWithin(runs: readonly Pick<Run, 'name' | 'params'>[]): ReadonlyMap<Pick<Run, 'name' | 'params'>, string> {
  const unnamed = runs.filter(({ name }) => nameByChance.test(name));
  if (unnamed.length === 0) {
    return new Map();
  }
  // A run of a table gathers its params each time that it is asked for them.
  const params = new Map(runs.map((run) => [run, run.params]));
  const keys = [...new Set([...params.values()].flatMap((own) => Object.keys(own)))].sort();
  const varied = keys.filter((key) => paramDiffers([...params.values()].map((own) => own[key]))).slice(0, paramsInLabel);
  return new Map(
    unnamed.flatMap((run) => {
      const parts = varied.flatMap((key) => (params.get(run)?.[key] === undefined ? [] : [`${leafOf(key)} = ${params.get(run)?.[key]}`]));
      return parts.length === 0 ? [] : [[run, parts.join(', ')] as const];
    }),
  );
}

/** `max_depth` of scikit-learn's `model__max_depth`. */
function leafOf(key: string): string {
  return key.split('__').at(-1) ?? key;
}
