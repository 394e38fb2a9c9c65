import { setTimeout as pause } from 'node:timers/promises';

export interface Polling {
  /** Milliseconds between one answer and the next question. */
  readonly every: number;
  /** Rejects with its reason when it is aborted. */
  readonly signal?: AbortSignal;
}

/** Asks, at once and then again and again, until the answer is not undefined. For what has no event that says so. */
export async function poll<T>(ask: () => T | undefined | Promise<T | undefined>, { every, signal }: Polling): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) {
      return answer;
    }
    await pause(every, undefined, signal === undefined ? undefined : { signal });
  }
}

/** As {@link poll}, but gives up after so many milliseconds; then the answer is undefined. */
export async function pollWithin<T>(milliseconds: number, ask: () => T | undefined | Promise<T | undefined>, polling: Polling): Promise<T | undefined> {
  const deadline = Date.now() + milliseconds;
  const { answer } = await poll(async () => {
    const found = await ask();
    return found !== undefined || Date.now() > deadline ? { answer: found } : undefined;
  }, polling);
  return answer;
}

/** Waits until a condition holds. Answers false when it does not within so many milliseconds. */
export async function until(milliseconds: number, condition: () => boolean | Promise<boolean>, polling: Polling): Promise<boolean> {
  return (await pollWithin(milliseconds, async () => ((await condition()) ? true : undefined), polling)) ?? false;
}
