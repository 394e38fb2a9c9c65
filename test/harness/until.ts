const patienceMilliseconds = 300_000;
const [firstLook, longestLook] = [20, 500];

/** Waits until the condition holds; throws after five minutes. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const started = Date.now();
  while (!(await condition())) {
    if (Date.now() - started > patienceMilliseconds) {
      throw new Error(`waited in vain: ${condition.toString()}`);
    }
    await nextLook(started);
  }
}

/** Time until one looks again: what takes long is looked at less often, since each look is work for both sides. @param started epoch milliseconds */
export async function nextLook(started: number): Promise<void> {
  const pause = Math.min(longestLook, Math.max(firstLook, (Date.now() - started) / 20));
  await new Promise((resolve) => setTimeout(resolve, pause));
}
