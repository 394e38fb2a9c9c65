/** Seconds that a step of a canary lasts at least, unless the user says otherwise. */
export const defaultStepSeconds = 30;

/** Reads `5, 25, 50 @ 60`. @returns undefined when it is not rising shares from 1 to 99 and seconds */
export function parseSteps(text: string): { steps: number[]; stepSeconds: number } | undefined {
  const matched = /^\s*(\d{1,2}(?:\s*,\s*\d{1,2})*)\s*(?:@\s*(\d{1,5})\s*s?)?\s*$/.exec(text);
  if (matched === null) {
    return undefined;
  }
  const steps = (matched[1] ?? '').split(',').map(Number);
  const rising = steps.every((step, index) => step >= 1 && step > (steps[index - 1] ?? 0));
  return rising ? { steps, stepSeconds: matched[2] === undefined ? defaultStepSeconds : Number(matched[2]) } : undefined;
}
