import type { ComponentChildren, VNode } from 'preact';
import type { Run } from '../../server/contract/tracking.ts';
import { metricChange, relativeText } from '../../server/contract/metricChange.ts';
import type { Field } from './field.ts';
import type { CompareStore } from './store.ts';

/** The value of the primary metric, how it stands to that of the reference, and a bar from the worst to the best of the runs. */
export function PrimaryCell({ field, run, store, sparkline }: { readonly field: Field; readonly run: Run; readonly store: CompareStore; readonly sparkline?: ComponentChildren }): VNode {
  const share = field.share(run);
  const delta = deltaOf(field, run, store);
  const best = field.best.has(run.runId);
  return (
    <span class="primary-cell">
      {share !== undefined && <span class="primary-bar" style={{ '--share': share.toFixed(3) }} aria-hidden="true" />}
      {sparkline}
      <span class={best ? 'primary-value primary-best' : 'primary-value'}>
        {field.text(run)}
        {best && <span class="sr-only">, best</span>}
      </span>
      {delta !== undefined && (
        <span class={delta.verdict === undefined ? 'primary-delta muted' : `primary-delta change-${delta.verdict}`}>
          {delta.text}
          {delta.verdict !== undefined && <span class="sr-only"> {delta.verdict} than the reference</span>}
        </span>
      )}
    </span>
  );
}

/** The cell in words. */
export function primaryText(field: Field, run: Run, store: CompareStore): string {
  const delta = deltaOf(field, run, store);
  return [field.text(run), ...(delta === undefined ? [] : [delta.text])].join(' ');
}

interface Delta {
  readonly text: string;
  readonly verdict: 'better' | 'worse' | undefined;
}

/** A run's value against the reference. */
function deltaOf(field: Field, run: Run, store: CompareStore): Delta | undefined {
  const reference = store.reference.value;
  if (reference === undefined || reference.runId === run.runId) {
    return undefined;
  }
  const { relative, verdict } = metricChange(field.number(run), field.number(reference), field.direction);
  return relative === undefined ? undefined : { text: relativeText(relative), verdict: verdict === 'same' ? undefined : verdict };
}
