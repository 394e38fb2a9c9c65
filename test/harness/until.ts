const patienceMilliseconds = 120_000;
const lookMilliseconds = 20;

/** Waits until the condition holds; throws after two minutes. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patienceMilliseconds;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw new Error(`waited in vain: ${condition.toString()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, lookMilliseconds));
  }
}
