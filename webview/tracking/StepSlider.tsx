import type { VNode } from 'preact';
import { type ArtifactRow, stepsOf } from './artifactRows.ts';
import type { CompareStore } from './store.ts';

/** The step that a series shows: the chosen one, else its last. */
export function stepOf(row: ArtifactRow, store: CompareStore): number {
  return store.artifacts.steps.value[row.name] ?? stepsOf(row).at(-1) ?? 0;
}

/** Moves a series of artifacts to the step that is shown. */
export function StepSlider({ row, store }: { readonly row: ArtifactRow; readonly store: CompareStore }): VNode | null {
  const steps = stepsOf(row);
  if (!row.series || steps.length < 2) {
    return null;
  }
  const step = stepOf(row, store);
  const at = Math.max(0, steps.findLastIndex((candidate) => candidate <= step));
  return (
    <label class="slider">
      <span>Step</span>
      <input
        type="range"
        min="0"
        max={steps.length - 1}
        step="1"
        value={at}
        aria-label={`Step of ${row.name}`}
        aria-valuetext={`step ${steps[at] ?? 0}`}
        onInput={(event) => {
          store.artifacts.steps.value = { ...store.artifacts.steps.value, [row.name]: steps[Number(event.currentTarget.value)] ?? 0 };
        }}
      />
      <output>{steps[at]}</output>
    </label>
  );
}
