/** What runs inside the page of the Compare panel; none of it may use anything from outside of its own function. */

/** Begins to look for the longest time between two frames. */
export function startWatchingFrames(): void {
  let before = performance.now();
  Reflect.set(window, 'slipwayLongest', 0);
  const look = (): void => {
    const now = performance.now();
    Reflect.set(window, 'slipwayLongest', Math.max(Number(Reflect.get(window, 'slipwayLongest')), now - before));
    before = now;
    if (Reflect.get(window, 'slipwayWatches') !== false) {
      requestAnimationFrame(look);
    }
  };
  Reflect.set(window, 'slipwayWatches', true);
  requestAnimationFrame(look);
}

/** @returns the longest time between two frames since the begin, in milliseconds */
export function stopWatchingFrames(): number {
  Reflect.set(window, 'slipwayWatches', false);
  return Number(Reflect.get(window, 'slipwayLongest'));
}

/** Scrolls the grid by this many CSS pixels a frame for some seconds. @returns the longest time between two frames in milliseconds */
export async function scroll(by: { readonly left: number; readonly top: number }): Promise<number> {
  const grid = document.querySelector('.grid');
  if (grid === null) {
    throw new Error('There is no grid.');
  }
  const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
  let before = await frame();
  let longest = 0;
  for (let count = 0; count < 120; count += 1) {
    grid.scrollBy(by.left, by.top);
    const now = await frame();
    longest = Math.max(longest, now - before);
    before = now;
  }
  grid.scrollTo(0, 0);
  return longest;
}

/** Presses the header of a metric. @returns milliseconds until the next frame with sorted rows is drawn */
export async function sortRuns(): Promise<number> {
  const settle = (): Promise<void> => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 100)));
  await settle();
  const header = [...document.querySelectorAll<HTMLElement>('.grid [role="columnheader"]')].find((element) => element.textContent?.includes('metric_') === true);
  const first = (): string | null | undefined => document.querySelector('.grid-row[aria-rowindex="3"]')?.textContent;
  const before = first();
  const started = performance.now();
  header?.click();
  while (first() === before) {
    await new Promise((resolve) => setTimeout(resolve));
    if (performance.now() - started > 10_000) {
      throw new Error('The rows were not sorted.');
    }
  }
  await new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  return performance.now() - started;
}

/** Types a filter. @returns milliseconds until the next frame with the rows that pass is drawn */
export async function filterRuns(text: string): Promise<number> {
  const field = document.querySelector<HTMLInputElement>('.filter input');
  const shown = (): string | null | undefined => document.querySelector('.panel-header .muted')?.textContent;
  const before = shown();
  if (field === null) {
    throw new Error('There is no filter.');
  }
  const enter = (value: string): void => {
    field.value = value;
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
  };
  const started = performance.now();
  enter(text);
  while (shown() === before) {
    await new Promise((resolve) => setTimeout(resolve));
    if (performance.now() - started > 10_000) {
      throw new Error('The runs were not filtered.');
    }
  }
  await new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  const took = performance.now() - started;
  enter('');
  return took;
}
