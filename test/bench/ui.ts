import { root, run } from '../setup/step.mjs';
import { startHarness, type Harness } from '../webview/harness.ts';
import type { Bench, Sample } from './benchmark.ts';

const runs = 10_000;
const metrics = 150;
const params = 150;

/** Answers inside the page: what is measured is the panel, not the way of a hundred megabytes into a browser under test. */
const companion = `(() => {
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const row = (index) => {
    const run = { runId: String(index).padStart(32, '0'), experimentId: '1', name: 'trial-' + index, status: 'FINISHED', source: 'logged', startedAt: 1.7e12 + index * 60000, endedAt: 1.7e12 + index * 60000 + 42000, user: 'ada', params: {}, metrics: {}, tags: {}, models: [] };
    for (let m = 0; m < ${metrics}; m += 1) run.metrics[m % 3 === 0 ? 'val/score_' + m : 'auc_' + m] = random();
    for (let p = 0; p < ${params}; p += 1) run.params['param_' + p] = p % 5 === 0 ? ['gini', 'entropy', 'log_loss'][index % 3] : String(Math.round(random() * 1000) / 100);
    return run;
  };
  const all = Array.from({ length: ${runs} }, (_, index) => row(index));
  const byId = new Map(all.map((run) => [run.runId, run]));
  window.slipwayReady = performance.now();
  new MutationObserver((_, observer) => {
    if (document.querySelector('.grid-row') !== null) {
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => { window.slipwayFirstRows = performance.now(); }));
    }
  }).observe(document, { childList: true, subtree: true });
  return (name, input) => (name === 'compareRuns' ? { runs: input.runIds.map((id) => byId.get(id)), rows: [] } : { series: [] });
})()`;

/** Opens the comparison of all runs, waits until they are there, and scrolls through them both ways. */
async function openAndScroll(harness: Harness): Promise<Sample> {
  const panel = await harness.open({
    subject: { panel: 'compare', runIds: Array.from({ length: runs }, (_, index) => String(index).padStart(32, '0')) },
    answers: {},
    answeredInPage: companion,
    width: 1400,
    height: 1000,
  });
  try {
    const { page } = panel;
    await page.getByText('10,000 runs,').waitFor({ timeout: 120_000 });
    // The charts below draw what came last.
    await page.waitForTimeout(1000);
    const first = await page.evaluate(() => Number(Reflect.get(window, 'slipwayFirstRows')) - Number(Reflect.get(window, 'slipwayReady')));
    const down = await page.evaluate(scroll, { left: 0, top: 900 });
    const across = await page.evaluate(scroll, { left: 300, top: 0 });
    return { first, down, across };
  } finally {
    await panel.close();
  }
}

/** Runs in the page: scrolls by this many CSS pixels a frame for some seconds. Returns the longest time between two frames in milliseconds. */
async function scroll(by: { readonly left: number; readonly top: number }): Promise<number> {
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
  return longest;
}

export const ui: Bench = {
  name: 'ui',
  summary: `comparison of ${runs} runs with ${metrics + params} columns in a browser: first rows, longest frame while scrolling`,
  rounds: 3,
  async prepare() {
    await run(process.execPath, ['esbuild.mjs'], { cwd: root });
    const harness = await startHarness();
    return {
      trials: [
        {
          rows: [
            { key: 'first', work: 'Compare panel, page to first rows', unit: 'ms', goal: { kind: 'at-most', value: 500 } },
            { key: 'down', work: 'longest frame, scrolling down', unit: 'ms', goal: { kind: 'at-most', value: 50 } },
            { key: 'across', work: 'longest frame, scrolling across', unit: 'ms', goal: { kind: 'at-most', value: 50 } },
          ],
          ours: () => openAndScroll(harness),
        },
      ],
      close: () => harness.close(),
    };
  },
};
