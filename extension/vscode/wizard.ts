import { type Answer, goBack, type Place } from './prompts.ts';

/** One question: fills in the draft, `goBack`, or undefined to leave. A step that has nothing to ask answers `skip`. */
export const skip = Symbol('skip');
export type Step<D> = (draft: D, place: Place) => Promise<Answer<D> | typeof skip>;

/**
 * Asks questions one after the other; each may go back to the one before.
 * @returns the filled draft, or undefined when the user left
 */
export async function runSteps<D>(start: D, steps: readonly Step<D>[]): Promise<D | undefined> {
  const drafts: D[] = [start];
  const asked: number[] = [];
  const skipped = new Set<number>();
  let index = 0;
  while (index < steps.length) {
    const draft = drafts[drafts.length - 1] ?? start;
    const totalSteps = steps.length - skipped.size;
    const place = totalSteps > 1 ? { step: asked.length + 1, totalSteps, back: asked.length > 0 } : {};
    const answer = await steps[index]?.(draft, place);
    if (answer === undefined) {
      return undefined;
    }
    if (answer === goBack) {
      index = asked.pop() ?? 0;
      drafts.pop();
    } else if (answer === skip) {
      skipped.add(index);
      index += 1;
    } else {
      asked.push(index);
      drafts.push(answer);
      index += 1;
    }
  }
  return drafts[drafts.length - 1];
}
