import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { firstRowsMark } from '../../webview/tracking/tableSource.ts';
import { ensureEditor } from '../setup/editor.ts';
import { root, run } from '../setup/step.mjs';
import { launchBrowser } from '../harness/vscode/browser.ts';
import { startCodeServer } from '../setup/codeServer.ts';
import { openWorkbench, type Workbench } from '../harness/vscode/workbench.ts';
import type { Bench, Sample } from './benchmark.ts';
import { filterRuns, scroll, sortRuns, startWatchingFrames, stopWatchingFrames } from './parts/comparePage.ts';
import { seedHome } from './parts/trackingData.ts';

const runs = 10_000;
const shape = { metrics: 150, params: 150, tags: 5 };
const command = 'Slipway: Compare Runs of Experiment';

/** The frame of the panel, two below the window's. */
async function panelFrame(workbench: Workbench): Promise<Frame> {
  const panel = await workbench.webview('.grid-row');
  const handle = await panel.locator('body').elementHandle();
  const frame = await handle?.ownerFrame();
  if (frame === null || frame === undefined) {
    throw new Error('The panel has no frame.');
  }
  return frame;
}

/** Opens the comparison of all runs by the command that users have, and works in it as they do. */
async function openAndUse(workbench: Workbench): Promise<Sample> {
  const { page } = workbench;
  await workbench.runCommand(command);
  const choice = workbench.quickInput.locator('.quick-input-list .monaco-list-row').first();
  await choice.waitFor();
  const asked = await page.evaluate(() => performance.timeOrigin + performance.now());
  await choice.click();
  const frame = await panelFrame(workbench);
  await frame.evaluate(startWatchingFrames);
  await frame.locator('.panel-header .muted', { hasText: `${runs.toLocaleString('en')} runs,` }).waitFor({ timeout: 120_000 });
  // The page of a panel begins with its own time; its first rows are marked in it.
  const { first, opened } = await frame.evaluate(
    (mark) => ({ first: performance.getEntriesByName(mark)[0]?.startTime ?? Number.NaN, opened: performance.timeOrigin }),
    firstRowsMark,
  );
  const all = await frame.evaluate(() => performance.timeOrigin + performance.now());
  // The charts below are drawn last.
  await page.waitForTimeout(3000);
  const loading = await frame.evaluate(stopWatchingFrames);
  const down = await frame.evaluate(scroll, { left: 0, top: 900 });
  const across = await frame.evaluate(scroll, { left: 300, top: 0 });
  const sort = await frame.evaluate(sortRuns);
  await page.waitForTimeout(3000);
  const filter = await frame.evaluate(filterRuns, 'metrics.metric_0 > 0.5');
  await workbench.runCommand('View: Close All Editors');
  return { command: opened + first - asked, first, all: (all - asked) / 1000, loading, down, across, sort, filter };
}

export const ui: Bench = {
  name: 'ui',
  summary: `comparison of ${runs} runs with ${shape.metrics + shape.params} columns in VS Code in a browser, from the companion: first rows, scrolling, sorting, filtering`,
  rounds: 3,
  async prepare() {
    await run(process.execPath, ['esbuild.mjs'], { cwd: root });
    Object.assign(process.env, await ensureEditor());
    const home = mkdtempSync(path.join(tmpdir(), 'slipway-bench-'));
    seedHome(home, { runs: runs - 1, points: 1, curve: 1 }, shape);
    const workspace = mkdtempSync(path.join(tmpdir(), 'slipway-bench-'));
    const server = await startCodeServer({ workspace, development: root, environment: { SLIPWAY_HOME: home } });
    const browser = await launchBrowser();
    const workbench = await openWorkbench(browser, server, { width: 1700, height: 1000 });
    // The first use starts the companion and makes the browser read what it keeps afterwards.
    await openAndUse(workbench);
    return {
      trials: [
        {
          rows: [
            { key: 'first', work: 'Compare panel, its page to first rows', unit: 'ms', goal: { kind: 'at-most', value: 500 } },
            { key: 'command', work: 'choice of the experiment to first rows', unit: 'ms' },
            { key: 'all', work: 'choice of the experiment to all runs', unit: 's' },
            { key: 'loading', work: 'longest frame while runs arrive and charts are drawn', unit: 'ms' },
            { key: 'down', work: 'longest frame, scrolling down', unit: 'ms', goal: { kind: 'at-most', value: 50 } },
            { key: 'across', work: 'longest frame, scrolling across', unit: 'ms', goal: { kind: 'at-most', value: 50 } },
            { key: 'sort', work: 'press on a header to sorted rows', unit: 'ms', goal: { kind: 'at-most', value: 100 } },
            { key: 'filter', work: 'last character of a filter to its rows', unit: 'ms', goal: { kind: 'at-most', value: 100 } },
          ],
          ours: () => openAndUse(workbench),
        },
      ],
      async close() {
        await browser.close();
        await server.stop();
        rmSync(workspace, { recursive: true, force: true });
        rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
      },
    };
  },
};
