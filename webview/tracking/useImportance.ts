import { useEffect, useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import type { Run } from '../../server/contract/tracking.ts';
import type { Field } from './field.ts';
import { importanceOfOne, scoresOf, strongestFirst, type Importance } from './importance.ts';

const sliceMilliseconds = 8;
const none: readonly Importance[] = [];

/**
 * How much each param tells about a metric, see {@link importanceOf}; worked out in slices, since hundreds of params of a thousand runs
 * would hold up the page. What was known of the metric stays until the runs that are there now have been looked at.
 * @returns undefined until anything is known
 */
export function useImportance(runs: readonly Run[], params: readonly Field[], metric: Field | undefined): readonly Importance[] | undefined {
  const wanted = useMemo(() => ({ runs, params, metric }), [runs, params, metric]);
  const known = useSignal<{ readonly metric: string; readonly found: readonly Importance[] } | undefined>(undefined);
  useEffect(() => {
    if (wanted.metric === undefined) {
      return undefined;
    }
    const { id } = wanted.metric;
    const scored = scoresOf(wanted.runs, wanted.metric);
    const found: Importance[] = [];
    let next = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const work = (): void => {
      const until = performance.now() + sliceMilliseconds;
      for (; next < wanted.params.length && performance.now() < until; next += 1) {
        found.push(...wanted.params.slice(next, next + 1).flatMap((field) => importanceOfOne(scored, field) ?? []));
      }
      if (next < wanted.params.length) {
        timer = setTimeout(work);
      } else {
        known.value = { metric: id, found: strongestFirst(found) };
      }
    };
    work();
    return () => {
      clearTimeout(timer);
    };
  }, [wanted]);
  if (metric === undefined) {
    return none;
  }
  return known.value?.metric === metric.id ? known.value.found : undefined;
}
