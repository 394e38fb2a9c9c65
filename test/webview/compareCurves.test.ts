import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import type { CallInput } from '../../server/contract/api.ts';
import { compareAnswers } from './answers.ts';
import { longCurves } from './fixtures/longCurves.ts';
import { manyRuns, twoRuns } from './fixtures/runs.ts';
import { until } from '../harness/until.ts';
import { sparkPoints } from '../../webview/tracking/sparklines.ts';
import { startHarness, type Harness, type OpenedPanel, type ThemeName } from '../harness/webview.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

interface Opened extends OpenedPanel {
  readonly asked: CallInput<'getMetricSeries'>[];
}

const runs = manyRuns(3, 1, 0).map((run) => ({ ...run, metrics: { loss: 0.1 } }));

async function open(context: TestContext, { state, theme }: { state?: unknown; theme?: ThemeName } = {}): Promise<Opened> {
  const asked: CallInput<'getMetricSeries'>[] = [];
  const getMetricSeries = (input: CallInput<'getMetricSeries'>): ReturnType<typeof longCurves> => {
    // Those of the table's small lines are another matter.
    if (input.maxPoints !== sparkPoints) {
      asked.push(input);
    }
    return longCurves(input);
  };
  const panel = await harness.open({
    subject: { panel: 'compare', runIds: runs.map(({ runId }) => runId) },
    answers: { ...compareAnswers(runs), getMetricSeries },
    state,
    ...(theme === undefined ? {} : { theme }),
  });
  context.after(async () => {
    await panel.close();
    assert.deepEqual(panel.problems, []);
  });
  await panel.page.getByRole('img', { name: 'Chart of loss' }).waitFor();
  return { ...panel, asked };
}

/** Drags over the middle third of the chart of the loss. */
async function zoomIn(page: Page): Promise<void> {
  const place = page.locator('.chart-place .u-over').first();
  await place.scrollIntoViewIfNeeded();
  const box = await place.boundingBox();
  assert.ok(box !== null);
  await page.mouse.move(box.x + box.width / 3, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + (box.width * 2) / 3, box.y + 60, { steps: 4 });
  await page.mouse.up();
}

async function untilAsked(asked: readonly unknown[], count: number): Promise<void> {
  await until(() => asked.length >= count);
  assert.equal(asked.length, count);
}

test('a drag zooms in and fetches what is seen in more detail, which survives a reload', async (context) => {
  const { page, asked, state } = await open(context);
  assert.deepEqual(asked.map(({ window }) => window), [undefined]);
  await zoomIn(page);
  await page.getByRole('button', { name: 'Reset zoom of loss' }).waitFor();
  await untilAsked(asked, 2);
  const window = asked[1]?.window;
  assert.ok(window !== undefined && window.by === 'step' && Math.abs(window.from - 33_000) < 2000 && Math.abs(window.to - 67_000) < 2000, JSON.stringify(window));
  const again = await open(context, { state: await state() });
  await again.page.getByRole('button', { name: 'Reset zoom of loss' }).waitFor();
  await untilAsked(again.asked, 2);
  assert.deepEqual(again.asked[1]?.window, window);
  await again.page.getByRole('button', { name: 'Reset zoom of loss' }).click();
  await again.page.getByRole('button', { name: 'Reset zoom of loss' }).waitFor({ state: 'detached' });
});

test('keys read values, zoom, move along and show all again', async (context) => {
  const { page, asked } = await open(context);
  const chart = page.getByRole('img', { name: 'Chart of loss' });
  await chart.focus();
  await page.keyboard.press('ArrowRight');
  const read = page.getByRole('figure', { name: 'loss' }).getByRole('status');
  await read.getByText(/^step \d+: trial-000 1\.\d+, trial-001 /).waitFor();
  await page.keyboard.press('End');
  await read.getByText(/^step 99,\d+: /).waitFor();
  await page.keyboard.press('+');
  await page.getByRole('button', { name: 'Reset zoom of loss' }).waitFor();
  await untilAsked(asked, 2);
  await page.keyboard.press('Shift+ArrowLeft');
  await untilAsked(asked, 3);
  assert.ok((asked[2]?.window?.from ?? Infinity) < (asked[1]?.window?.from ?? 0), 'it moved to the left');
  await page.keyboard.press('0');
  await page.getByRole('button', { name: 'Reset zoom of loss' }).waitFor({ state: 'detached' });
});

test('a zoom over time asks for the times of each run', async (context) => {
  const { page, asked } = await open(context);
  await page.getByRole('radio', { name: 'Time' }).check();
  await zoomIn(page);
  await untilAsked(asked, 4);
  const windows = asked.slice(1).map(({ window }) => window);
  assert.deepEqual(windows.map((window) => window?.by), ['time', 'time', 'time']);
  assert.equal((windows[0]?.from ?? 0) - (windows[1]?.from ?? 0), 3_600_000);
});

test('the settings of the curves survive a reload', async (context) => {
  const first = await open(context);
  await first.page.getByRole('radio', { name: 'Clock' }).check();
  await first.page.getByText('Log y').click();
  await first.page.getByText('Bands').click();
  await first.page.getByRole('slider', { name: /Smoothing/ }).fill('0.6');
  const { page } = await open(context, { state: await first.state() });
  assert.equal(await page.getByRole('radio', { name: 'Clock' }).isChecked(), true);
  assert.equal(await page.locator('vscode-checkbox', { hasText: 'Log y' }).getAttribute('aria-checked'), 'true');
  assert.equal(await page.locator('vscode-checkbox', { hasText: 'Bands' }).getAttribute('aria-checked'), 'false');
  assert.equal(await page.getByRole('slider', { name: /Smoothing/ }).inputValue(), '0.6');
});

test('charts stay where they are drawn while the rest of the panel comes', async (context) => {
  const { page } = await open(context);
  await page.getByRole('figure').first().waitFor();
  assert.deepEqual(await page.evaluate(movedSections, 20), []);
});

/** Runs in the page: the headings of the sections that have moved by more than some pixels since the page was opened. */
async function movedSections(pixels: number): Promise<string[]> {
  const moved: string[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      for (const { node, previousRect, currentRect } of Reflect.get(entry, 'sources') as { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[]) {
        if (node instanceof Element && node.classList.contains('section') && Math.abs(currentRect.y - previousRect.y) > pixels) {
          moved.push(`${node.querySelector('h2')?.textContent} from ${previousRect.y} to ${currentRect.y}`);
        }
      }
    }
  });
  observer.observe({ type: 'layout-shift', buffered: true });
  // What has moved until now is told by the second frame from here.
  for (let frame = 0; frame < 2; frame += 1) {
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  }
  observer.disconnect();
  return moved;
}

for (const [theme, background] of [['dark-modern', [31, 31, 31]], ['light-modern', [255, 255, 255]]] as const) {
  test(`a curve is saved as SVG and PNG in the colours of ${theme}`, async (context) => {
    const { page, saved } = await open(context, { theme });
    const choose = async (name: string): Promise<void> => {
      await page.getByRole('button', { name: 'Export loss', exact: true }).click();
      await page.getByRole('menuitem', { name }).click();
      await page.getByRole('menu').waitFor({ state: 'detached' });
    };
    await choose('Save as SVG…');
    await choose('Save as PNG…');
    await untilAsked(saved, 2);
    const [svg, png] = saved;
    assert.equal(svg?.name, 'loss.svg');
    assert.doesNotMatch(svg?.content ?? '', /var\(--|color-mix/);
    assert.equal(svg?.content.match(/stroke-width="1.75"/g)?.length, 3, 'a line for each run');
    assert.equal(svg?.content.match(/fill-opacity/g)?.length, 3, 'a band for each run');
    for (const label of ['>loss<', '>trial-000<', '>0<', '>80,000<']) {
      assert.ok(svg?.content.includes(label), label);
    }
    const drawn = await page.evaluate(pixelsOf, png?.content ?? '');
    assert.deepEqual(drawn.corner, [...background, 255]);
    assert.ok(drawn.colours > 20, `${drawn.colours} colours`);
    assert.ok(drawn.width >= 500, `${drawn.width} pixels wide`);
  });
}

/** Runs in the page: the picture's width, its first pixel, and how many colours it has. */
async function pixelsOf(base64: string): Promise<{ width: number; corner: number[]; colours: number }> {
  const image = new Image();
  image.src = `data:image/png;base64,${base64}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.width, image.height];
  const context = canvas.getContext('2d');
  context?.drawImage(image, 0, 0);
  const data = [...(context?.getImageData(0, 0, image.width, image.height).data ?? [])];
  const colours = new Set(Array.from({ length: data.length / 4 }, (_, index) => data.slice(index * 4, index * 4 + 3).join()));
  return { width: image.width, corner: data.slice(0, 4), colours: colours.size };
}

test('only the run that logged is fetched again', async (context) => {
  const { event, asked } = await open(context);
  const [, second] = runs;
  assert.ok(second !== undefined);
  await event({ topic: 'run', runId: second.runId, experimentId: '1' });
  await untilAsked(asked, 2);
  assert.deepEqual(asked[1]?.runIds, [second.runId]);
});

test('short curves have their points as they were logged', async (context) => {
  const panel = await harness.open({ subject: { panel: 'compare', runIds: twoRuns.map(({ runId }) => runId) }, answers: compareAnswers(twoRuns) });
  context.after(() => panel.close());
  await panel.page.getByRole('figure', { name: 'val_loss' }).waitFor();
  await panel.page.getByText('4 metrics were logged with one value; the table has them.').waitFor();
  assert.equal(await panel.page.getByText('Long histories are thinned').count(), 0);
});

/** Runs with several metrics under prefixes; each with a long history. */
const prefixed = manyRuns(3, 1, 0).map((run) => ({ ...run, metrics: Object.fromEntries(['epoch', ...['train', 'val'].flatMap((part) => ['loss', 'auc', 'f1'].map((name) => `${part}/${name}`))].map((name) => [name, 0.1])) }));

async function openPrefixed(context: TestContext, state?: unknown): Promise<OpenedPanel> {
  const panel = await harness.open({
    subject: { panel: 'compare', runIds: prefixed.map(({ runId }) => runId) },
    answers: { ...compareAnswers(prefixed), getMetricSeries: ({ runIds, keys }) => ({ series: keys.flatMap((key) => longCurves({ runIds, keys: ['loss'] }).series.map((series) => ({ ...series, key }))) }) },
    state,
  });
  context.after(async () => {
    await panel.close();
    assert.deepEqual(panel.problems, []);
  });
  await panel.page.getByRole('figure').first().waitFor();
  return panel;
}

test('charts stand under the prefix of their metric, and a search finds them, which survives a reload', async (context) => {
  const { page, state } = await openPrefixed(context);
  const section = page.getByRole('region', { name: 'Metric curves' });
  await section.getByRole('figure', { name: 'val/loss' }).waitFor();
  assert.deepEqual(await section.locator('h3, figcaption > span:first-child').allInnerTexts(), ['epoch', 'train', 'train/auc', 'train/f1', 'train/loss', 'val', 'val/auc', 'val/f1', 'val/loss']);
  await page.getByRole('searchbox', { name: 'Search charts' }).fill('LOSS val');
  await section.getByRole('figure', { name: 'train/loss' }).waitFor({ state: 'detached' });
  const again = await openPrefixed(context, await state());
  assert.deepEqual(await again.page.getByRole('region', { name: 'Metric curves' }).locator('figcaption > span:first-child').allInnerTexts(), ['val/loss']);
  await again.page.getByRole('searchbox', { name: 'Search charts' }).fill('nothing');
  await again.page.getByRole('button', { name: 'Show all metrics' }).click();
  await again.page.getByRole('figure', { name: 'epoch' }).waitFor();
  assert.equal(await again.page.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'Search charts');
});

test('one legend hides a run in all charts and makes it stand out in them', async (context) => {
  const { page } = await openPrefixed(context);
  const legend = page.getByRole('group', { name: 'Runs of the curves' });
  const pixels = (): Promise<string> => page.getByRole('figure', { name: 'val/auc', exact: true }).locator('canvas').evaluate((canvas) => (canvas instanceof HTMLCanvasElement ? canvas.toDataURL() : ''));
  await page.getByRole('figure', { name: 'val/auc', exact: true }).scrollIntoViewIfNeeded();
  const all = await pixels();
  const one = legend.getByRole('button', { name: 'trial-001' });
  await one.hover();
  await page.waitForFunction((before) => document.querySelector('[aria-label="val/auc"] canvas') instanceof HTMLCanvasElement && (document.querySelector('[aria-label="val/auc"] canvas') as HTMLCanvasElement).toDataURL() !== before, all);
  await page.mouse.move(0, 0);
  await page.waitForFunction((before) => (document.querySelector('[aria-label="val/auc"] canvas') as HTMLCanvasElement).toDataURL() === before, all);
  await one.click();
  await page.getByRole('img', { name: 'Chart of val/auc' }).focus();
  await page.keyboard.press('End');
  const read = page.getByRole('figure', { name: 'val/auc', exact: true }).getByRole('status');
  assert.match((await read.textContent()) ?? '', /^step 99,\d+: trial-000 [\d.]+, trial-002 [\d.]+$/);
  assert.match(await page.locator('.chart-tip').innerText(), /step 99,\d+\s+trial-00[02]/);
  await page.keyboard.press('Escape');
  await page.locator('.chart-tip').waitFor({ state: 'detached' });
  await legend.getByRole('button', { name: 'Show all' }).click();
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'trial-000', 'the focus is not lost');
});

test('a chart is enlarged to the width of the panel, which survives a reload', async (context) => {
  const { page, state } = await openPrefixed(context);
  await page.getByRole('button', { name: 'Enlarge val/auc' }).click();
  const wide = async (opened: Page, name: string): Promise<number> => (await opened.getByRole('figure', { name, exact: true }).boundingBox())?.width ?? 0;
  assert.ok((await wide(page, 'val/auc')) > 1.8 * (await wide(page, 'val/f1')));
  const again = await openPrefixed(context, await state());
  await again.page.getByRole('button', { name: 'Make val/auc small' }).click();
  assert.equal(await wide(again.page, 'val/auc'), await wide(again.page, 'val/f1'));
});
